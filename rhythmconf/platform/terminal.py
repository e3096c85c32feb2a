"""Write to a terminal or a pipe, where Windows does it differently."""

from __future__ import annotations

import errno
import sys


def is_closed_pipe(error: OSError) -> bool:
    """Tell whether a write failed because the reader of a pipe is gone. Windows says so with "invalid argument"."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def enable_colors() -> None:
    """Make the console understand the escape sequences of colours, which Windows' own has to be told."""
    if sys.platform == "win32":
        # click brings colorama along, on Windows only.
        from colorama import just_fix_windows_console

        just_fix_windows_console()
