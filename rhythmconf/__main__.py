"""`python -m rhythmconf`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from rhythmconf.cli import lazy
from rhythmconf.cli.main import run

THRESHOLDS = (100_000, 20, 100)
"""A plan makes millions of values and hardly a cycle. With the usual thresholds the cyclic collector walks them all
over and over, and takes a quarter of the run. It is not switched off, because an emulator lives long."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    lazy.install()
    gc.set_threshold(*THRESHOLDS)
    code = run(sys.argv[1:])
    # All output is flushed and every file and connection closed. Taking the values of a run and the modules apart, one
    # by one, would cost a tenth of a large plan and an eighth of a small command; the system takes them back at once.
    os._exit(code)


if __name__ == "__main__":
    main()
