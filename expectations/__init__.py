"""What must be true: suites from contracts, suites written for tables, the gate (a frame in, a verdict out), Data Docs.

Imports `schemas` only; Great Expectations is spoken to in engine.py alone, inside functions: its import is heavy.
Who asks: `transforms/load.py` before a batch is let in, `transforms/publish.py` before a release is.
"""
