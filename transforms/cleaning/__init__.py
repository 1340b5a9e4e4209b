"""Rows of text to typed rows without direct identifiers: `clean.clean`, a visible list of small steps.

May import `schemas` and `transforms.reading.quarantine`. Which place an address means is the neighbour's:
`transforms.addressing`. What breaks a rule becomes quarantine lines; its neighbours go on unharmed.
"""
