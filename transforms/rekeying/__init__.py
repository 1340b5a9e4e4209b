"""Keying again after the address library changed: which answers could change, and nothing else.

`difference` compares two libraries, `touched` says which records the difference reaches; both only read. What is
written, and when, stands in `transforms/rekey.py`; keying itself in `transforms/addressing`.
"""
