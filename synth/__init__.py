"""A made district to try the house on: library, daily deliveries of every feed, and the truth beside them.

Imports `schemas` only; imported by `cli` only. The delivered files are read by `transforms.reading`, whose code is
not known here. Order of making: area → place → building → unit → person, organisation → delivery → file.
"""
