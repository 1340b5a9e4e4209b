"""A district to try it on. Imports `schemas` only; imported by `cli` only."""
