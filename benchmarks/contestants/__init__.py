"""The contestants: each a module run in a process of its own, `python -m benchmarks.contestants.NAME FOLDER`.

FOLDER holds library.parquet (id, name) and rows.parquet (row, address). A contestant writes answers.NAME.parquet
(row, id; null: no match) there and prints one JSON object, its seconds: see `timing`. Rivals import nothing of ours.
"""
