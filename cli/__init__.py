"""The command line `blockdata`: thin, over the same functions as the DAGs."""
