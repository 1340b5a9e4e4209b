"""Declarations that never change here, read once by the server that makes processes: each of them has them then.

Imported by that server alone. Nothing here may start a thread: a fork has only one.
"""

from __future__ import annotations

from schemas.measure import load_measures
from schemas.table import load_tables

load_tables()
load_measures()
