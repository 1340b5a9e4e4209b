"""The address library lives: mint, rename, split, merge, renumber, cancel, reinstate, alias, redraw, and history.

Each operation is a function on a `Draft`; `operation.perform` makes it one commit. May import `schemas` and the lake,
addressing and resolving of `transforms`; importing a whole library and following codes stand in `../addressing/`.
"""
