"""Sockets and certificate authorities, where Windows does it differently."""

from __future__ import annotations

import sys
from socket import SO_REUSEADDR, SOL_SOCKET, socket


def has_authority_store() -> bool:
    """Tell whether the system keeps its authorities in a store of its own, which OpenSSL can't read."""
    return sys.platform in ("darwin", "win32")


def reuse_address(listener: socket) -> None:
    """Let a socket take a port that was in use a moment ago. On Windows it would share one that still is."""
    if sys.platform != "win32":
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
