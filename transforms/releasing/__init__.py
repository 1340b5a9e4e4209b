"""From the lake to the tables of a release: whole, or going on from the release before with what was touched since.
`transforms/publish.py` is the visible list of steps; the rules themselves stand in `transforms/resolving`."""
