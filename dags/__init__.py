"""When it happens: schedules, assets, retries. No logic: every task is one call into `transforms` or `serving`.

Imports those and below, inside tasks. The same steps as commands are in `cli`; what they do is in `transforms/load.py`.
"""
