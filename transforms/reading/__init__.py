"""Delivered files to rows of text: every format of a contract in, one all-String frame out (`read.read`).

May import `schemas`. Meaning (types, dates, identifiers) is the neighbour's: `transforms.cleaning`.
Everything happens in memory: the content comes unsealed from the archive and is never written to disk.
"""
