"""Who gets it: SQL, lookup, extracts, verification lists, the audit log.

Reads releases only (`status` and `doctor` also look into the lake, to say what does not serve). May import `transforms`
and below; `cli` and `dags` are above and call these functions.
"""
