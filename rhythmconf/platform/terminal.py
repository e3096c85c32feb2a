"""Write to a terminal or a pipe, where Windows does it differently."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping

_GRAPHICAL = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""Variables of which a Unix system without a browser of its own sets none."""


def is_closed_pipe(error: OSError) -> bool:
    """Tell whether a write failed because the reader of a pipe is gone. Windows says so with "invalid argument"."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def enable_colors() -> None:
    """Make the console understand the escape sequences of colours, which Windows' own has to be told."""
    if sys.platform == "win32":
        # click brings colorama along, on Windows only.
        from colorama import just_fix_windows_console

        just_fix_windows_console()


def has_browser(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser can show a page; one that runs inside the terminal would take it over."""
    return sys.platform in ("darwin", "win32") or any(environ.get(name) for name in _GRAPHICAL)
