"""Pulling: one delivery of a day from a department's database or API, dropped into landing as if they had brought it.

Chosen by the contract's `servers`; everything from receive on is as for any delivery. May import transforms.landing,
transforms.lake and schemas; what happens to a delivery afterwards is next door in transforms/receive.py.
"""

from transforms.connecting.pulling import Pulled, pull

__all__ = ["Pulled", "pull"]
