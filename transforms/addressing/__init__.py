"""Keying: from an address text, a code or a coordinate to the one permanent code it means.

`key.key_addresses` is the door; `normalise`, `parse` and `library` serve it and may be called alone; `stages/` is the
chain. Imports `schemas` only (and `transforms.lake` to open a library); the neighbour upstream is `cleaning`,
downstream `load`.
"""
