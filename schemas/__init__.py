"""What the data is: contracts, tables, rules, measures, agreements, code lists, and the small Python that loads them.

Imports nothing of this house; everything above (expectations, transforms, serving, dags, cli) and synth import it.
What must be true of the data stands in `expectations`, what happens to it in `transforms`.
"""
