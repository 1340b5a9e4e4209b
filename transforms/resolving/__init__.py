"""Resolving: many records, one truth. Pure Polars functions from record histories to the tables of population, entity,
event and the open questions (doubts) between them; `resolve.resolve` is the visible list of steps.
Imports `schemas` only; the lake that feeds it is `transforms/lake`, the step that calls it `transforms/publish.py`."""
