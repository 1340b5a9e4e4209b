"""Measurements of the engine: accuracy on labelled sets, speed and memory. Each module is a command.

May import anything; nothing imports from here but its tests. Results are printed as tables and as JSON. `parts` lists
what `make bench` runs, `contestants/` are the rivals' side of it.
"""
