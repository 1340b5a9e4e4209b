"""Where data rests: Delta tables (`store`), sealed originals (`archive`), keys (`keys`), locks (`lock`), the fold of a
history into a state (`fold`). Imports `schemas` and the type of a delivered file (`transforms.reading.source`). What
goes in is decided by `transforms/load.py`, what goes out by `transforms/publish.py`; releases stand in `release*`.
"""
