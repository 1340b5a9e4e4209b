"""The command line `blockdata`: thin, over the same functions as the DAGs.

One module a command group; everything heavy is imported inside a command, so `blockdata --help` answers at once.
May import every floor; the only place that sees `synth`.
"""
