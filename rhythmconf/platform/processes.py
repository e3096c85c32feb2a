"""Find, read and end other programs, where Windows does it differently.

What only some commands need is imported where it is used: each costs milliseconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

_AT_ONCE = 1 << 16
"""Bytes that are read from a pipe at once."""
_ENDING_S = 0.5
"""Seconds that a program may take to end on its own, once nothing more can be sent to it."""

# The shell of Windows looks for a program in the current folder first, where a branch could put one.
SHELL_VARIABLES: Mapping[str, str] = {"NoDefaultCurrentDirectoryInExePath": "1"} if sys.platform == "win32" else {}
"""Variables for a command that a shell runs."""


def count_processors() -> int:
    """Return how many processors this process may use."""
    # A container or a pipeline may allow fewer than the computer has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_program(name: str) -> str:
    """Return what starts a program of PATH. Raises FileNotFoundError where Windows has none.

    Windows itself would look into the current folder first, where a branch could put a program of this name.
    """
    if sys.platform == "win32":
        for folder in os.get_exec_path():
            path = os.path.join(folder, f"{name}.exe")  # noqa: PTH118 -- PATH holds texts
            if os.path.isabs(folder) and os.path.isfile(path):  # noqa: PTH113, PTH117
                return path
        raise FileNotFoundError(2, f"there is no {name}.exe on PATH")
    return name


def end_with_children(process: Popen[bytes]) -> None:
    """End a program and all that it has started. It was started with a session of its own."""
    if sys.platform != "win32":
        import signal

        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        return
    from subprocess import DEVNULL, TimeoutExpired, run

    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
        with suppress(TimeoutExpired):
            process.wait(_ENDING_S)
            return
    # `process.kill()` alone leaves the children, which keep the pipes open.
    program = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")  # noqa: PTH118
    with suppress(OSError):
        run([program, "/F", "/T", "/PID", str(process.pid)], stdout=DEVNULL, stderr=DEVNULL, check=False)  # noqa: S603
    process.kill()


def read_pipe(pipe: IO[bytes], seconds: float) -> bytes | None:
    """Return what an unbuffered pipe has, b"" at its end, or None where nothing comes within some seconds."""
    if sys.platform != "win32":
        from select import select

        return os.read(pipe.fileno(), _AT_ONCE) if select([pipe], [], [], seconds)[0] else None
    # There `select` knows only sockets.
    from threading import Thread

    received: list[bytes] = []

    def read() -> None:
        with suppress(OSError, ValueError):
            received.append(os.read(pipe.fileno(), _AT_ONCE))

    thread = Thread(target=read, daemon=True)
    thread.start()
    thread.join(seconds)
    if received:
        return received[0]
    return None if thread.is_alive() else b""


def user_name() -> str:
    """Return the name of the user, as this computer knows it, or else a number."""
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        if sys.platform != "win32":
            return str(os.getuid())
        return "unknown"
