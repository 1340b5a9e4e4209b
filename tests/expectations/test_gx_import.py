"""What the lighter import of Great Expectations puts off comes whole when somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import gc, sys
from expectations.gx_import import PUT_OFF, great_expectations
gx = great_expectations()
assert gc.isenabled()
assert not [name for name in PUT_OFF if name in sys.modules], "a stand-in stayed"
module = sys.modules["great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than"]
assert module.alt.Chart.__name__ == "Chart"
assert abs(module.stats.entropy([0.5, 0.5], [0.5, 0.5])) < 1e-12
import altair, scipy.stats
assert altair.Chart is module.alt.Chart and scipy.stats.entropy is module.stats.entropy
print("whole")
"""


def test_what_was_put_off_comes_when_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "whole", done.stderr
