"""The chain of keying: one small module per stage, ordered in `chain.py`, each naming its method.

Text stages take phrases and the index and return candidate buildings; `evidence` scores them. May import `addressing`
only.
"""
