"""The whole district on one machine: every stage of a first day and of a day of changes, each in its own process.

`make bench SCALE=district` runs `bench`; `stages` holds what each process does; `bars` weighs what they measured;
`parts` says how docs/benchmarks.md and `scale_page` how docs/scale.md tell it. May import everything but tests.
"""
