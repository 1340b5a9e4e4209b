"""Who gets it: SQL, lookup, extracts, verification lists. Reads releases only. Imports `transforms` and below."""
