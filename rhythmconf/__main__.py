"""`python -m rhythmconf`."""

from __future__ import annotations

import gc
import sys

from rhythmconf.cli import lazy
from rhythmconf.cli.main import run

THRESHOLDS = (100_000, 20, 100)
"""A plan makes millions of values and hardly a cycle. With the usual thresholds the cyclic collector walks them all
over and over, and takes a quarter of the run. It is not switched off, because an emulator lives long."""


def main() -> None:
    """Run the command line and exit with its code."""
    lazy.install()
    gc.set_threshold(*THRESHOLDS)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
