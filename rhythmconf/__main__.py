"""`python -m rhythmconf`."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn, cast

from rhythmconf.cli import lazy

if TYPE_CHECKING:
    from io import TextIOWrapper


def prepare_streams() -> None:
    """Open what the shell has closed, and let stdout take every sign and have the same line ends everywhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed (`>&-`)
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 -- pathlib takes 3 ms to load
    # A terminal that isn't UTF-8 gets what it can show. Windows would end lines with CR LF, which bash doesn't take in
    # a completion script.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace", newline="\n")


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    # A plan makes millions of values and hardly a cycle, but the cyclic collector would walk them all over and over,
    # for a quarter of the run. What lives long switches it on again.
    gc.disable()
    lazy.install()
    prepare_streams()
    from rhythmconf.cli.main import run  # imports click, which makes many values too

    code = run(sys.argv[1:])
    # All output is flushed and every file and connection closed. Taking the values of a run and the modules apart, one
    # by one, would cost a tenth of a large plan and an eighth of a small command; the system takes them back at once.
    os._exit(code)


if __name__ == "__main__":
    main()
