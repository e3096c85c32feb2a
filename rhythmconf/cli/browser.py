"""Show a page in the reader's browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from tempfile import mkdtemp

from rhythmconf.cli.console import Console
from rhythmconf.platform.terminal import has_browser
from rhythmconf.source.project import files


def show_page(page: str, name: str, console: Console) -> None:
    """Write a page to a file that only this user can read, and open it in a browser if there is one at this terminal.

    The file stays, because the browser reads it after this command has ended. Its path is printed either way.
    """
    path = Path(mkdtemp(prefix="rhythmconf-")) / name
    files.write(path, page.encode("utf-8", "backslashreplace"), mode=0o600)
    # A pipeline has no terminal, or says that it is one.
    at_terminal = console.interactive and sys.stdin.isatty() and not os.environ.get("CI")
    opened = at_terminal and has_browser(os.environ) and _open(path)
    console.warn([("plain", f"{'the page' if opened else 'no browser was opened; the page'} is {path}")])


def _open(path: Path) -> bool:
    try:
        return webbrowser.open(path.as_uri())
    except (webbrowser.Error, OSError):
        return False
