"""A labelled set made apart from `synth`: other districts, templates and noise, the truth beside every address.

Sees `schemas` alone, never the engine, so that what it says of the engine is worth something. The measuring is next
door, in `benchmarks/accuracy.py`; how rows are classed and what counts as decidable stands in `make.py`.
"""
