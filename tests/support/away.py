"""Use a store of shared locks and run records in another process, as another computer does.

That also keeps the threads of obstore out of the process of the tests, which others fork.
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rhythmconf.engine.journal import Store
from rhythmconf.errors import RhythmconfError

ROOT = Path(__file__).parents[2]


class Away:
    """A process that opens one store at a time, and answers as the store does."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, name: str, *arguments: Any) -> Any:
        """Call a method of the store."""
        self.send(name, *arguments)
        return self.receive()

    def open(self, opener: str, *arguments: Any, **constants: Any) -> None:
        """Open a store with `MODULE.FUNCTION` of source.project, where constants of the module have other values."""
        self.ask("open", opener, arguments, constants)

    def send(self, name: str, *arguments: Any) -> None:
        """Begin a call."""
        assert self._process.stdin is not None
        pickle.dump((name, arguments), self._process.stdin)
        self._process.stdin.flush()

    def receive(self) -> Any:
        """Return the answer to the call that was begun, or raise its error."""
        assert self._process.stdout is not None
        answer, error = pickle.load(self._process.stdout)
        if error is not None:
            type, words, help = error
            raise type(words, help=help)
        return answer

    def take(self, claim: bytes) -> bytes | None:
        taken: bytes | None = self.ask("take", claim)
        return taken

    def read_claim(self) -> bytes | None:
        claim: bytes | None = self.ask("read_claim")
        return claim

    def release(self, claim: bytes) -> bool:
        return bool(self.ask("release", claim))

    def fetch(self) -> Mapping[str, str]:
        versions: dict[str, str] = self.ask("fetch")
        return versions

    def read(self, run: str) -> bytes:
        return bytes(self.ask("read", run))

    def append(self, run: str, after: str | None, data: bytes) -> str | None:
        version: str | None = self.ask("append", run, after, data)
        return version


@contextmanager
def start_away(env: Mapping[str, str]) -> Iterator[Away]:
    """Start a process that can open stores."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Away(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def serve() -> None:
    """Answer what the tests ask until they close the pipe."""
    store: Store | None = None
    while True:
        try:
            name, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        answer, error = None, None
        try:
            if name == "open":
                opener, rest, constants = arguments
                file, _, function = opener.partition(".")
                module = importlib.import_module(f"rhythmconf.source.project.{file}")
                vars(module).update(constants)
                store = getattr(module, function)(*rest)
            else:
                answer = getattr(store, name)(*arguments)
        except RhythmconfError as problem:
            error = (type(problem), problem.message, problem.help)
        pickle.dump((answer, error), sys.stdout.buffer)
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
