"""Packing: everything known about one place, one row a place and a column a measure (block.*).
The measures are SQL in `schemas/measures`, run here with DuckDB over resolved frames and summed by today's areas.
Imports `schemas`, `transforms/resolving/area.py` and `transforms/lake/layers.py`; called by `transforms/publish.py`."""
