"""What every test shares: how hard hypothesis tries.

pytest                                  the default: quick, and the same examples differ from run to run
HYPOTHESIS_PROFILE=ci pytest            the same examples on every machine, a little more of them
HYPOTHESIS_PROFILE=long pytest -m ""    hours: everything, including the tests marked `long`
"""

from __future__ import annotations

import gc
import os
import signal
import sys

from hypothesis import HealthCheck, Phase, settings

# Tests start hundreds of processes. Where the environment forbids bytecode, each would compile every module anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A deadline measures the machine, not the code: the time limits are pytest-timeout's.
settings.register_profile("default", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.register_profile(
    "long", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))

# A job that a shell runs in the background begins with interrupts ignored, and hands that on to what it starts; some
# tests interrupt a program, or themselves.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a third of the time of the tests is waiting for sockets and processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """All modules are loaded: no collection that a test asks for, or causes, has to look at half a gigabyte of them."""
    gc.collect()
    gc.freeze()
