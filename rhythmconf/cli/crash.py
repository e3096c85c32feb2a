"""Report an internal error: one line for the user, the traceback in a file to attach to a report."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from pathlib import Path

from rhythmconf import __version__
from rhythmconf.cli import streams
from rhythmconf.errors.codes import INTERNAL


def report(error: Exception) -> int:
    """Write a crash log (mode 0600, in the temporary folder) and print its path.

    With RHYTHMCONF_DEBUG print the traceback instead.
    """
    if os.environ.get("RHYTHMCONF_DEBUG"):
        traceback.print_exception(error)
        return 1
    handle, name = tempfile.mkstemp(prefix="rhythmconf-crash-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"rhythmconf {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        log.writelines(_frames(error))
    streams.write_err(
        f"error[{INTERNAL}]: internal error of rhythmconf: {type(error).__name__}\n"
        f"  help: please report it {_where()}, with {Path(name)} and the command that you typed; "
        "`rhythmconf plan` shows what the tenant has now\n"
    )
    return 1


def _where() -> str:
    """Return where to report: the address in the metadata of the package, or whoever gave it to the user."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("rhythmconf").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    addresses = [address for label, _, address in (url.partition(", ") for url in urls) if _is_tracker(label)]
    return f"at {addresses[0]}" if addresses else "to the people from whom you have rhythmconf"


def _is_tracker(label: str) -> bool:
    return label.lower() in ("issues", "tracker", "bug tracker", "bugs", "repository", "source")


def _frames(error: Exception) -> list[str]:
    """Return the frames without the error's own text, which may hold a tenant's data or a secret."""
    return [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n"]
