"""The house kept in order: compact, vacuum, retention, backup and restore; a person restricted or erased.

May import what `transforms` may. Each is a function that can be killed and run again; who asked and why is written into
the audit log by `serving/caring.py`, when it runs by itself stands in `dags/care.py`.
"""
