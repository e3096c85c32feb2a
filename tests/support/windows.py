"""Run rhythmconf with the standard library as Python has it on Windows.

Modules of rhythmconf see no module, function or constant that typeshed says Windows' Python lacks; what Windows does
differently, such as permissions, is imitated. The standard library and other packages see everything, for on Windows
they have ways of their own. Not imitated: backslashes, drives, names that differ only by case, files that can't be
replaced while they are open, and the console. On Windows itself nothing is hidden, and the same tests are real.

    python -m tests.support.windows plan --env local    one command line
    python -m tests.support.windows                     command lines in JSON, one a line; so do the results
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import platformdirs.windows

ROOT = Path(__file__).parents[2]
OLDEST = (3, 11)
O_BINARY, O_NOINHERIT = 0x8000, 0x80


class Done(NamedTuple):
    """The result of a command line; `raw` are the bytes on stdout, which is a pipe in cp1252."""

    code: int
    raw: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        return self.raw.decode("cp1252")


class Session:
    """A process that runs one command line after the other in a folder."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: str) -> Done:
        """Run a command line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        code, raw, stderr = json.loads(self._process.stdout.readline())
        return Done(code, raw.encode("latin-1"), stderr)

    def run_ok(self, *arguments: str) -> Done:
        """Run a command line, which must succeed."""
        done = self.run(*arguments)
        assert done.code == 0, (arguments, done)
        return done


@contextmanager
def session(folder: Path, home: Path) -> Iterator[Session]:
    """Start a session in a folder. Its user has `home`."""
    command = [sys.executable, "-m", "tests.support.windows"]
    environ = make_environ(home)
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Session(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


@contextmanager
def serve_emulator(folder: Path, home: Path, tenant: str) -> Iterator[str]:
    """Run `rhythmconf emulator` on a free port for the block, and yield its address."""
    command = [sys.executable, "-m", "tests.support.windows", "emulator", "--port", "0", "--tenant", tenant]
    with subprocess.Popen(
        command, cwd=folder, env=make_environ(home), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def make_environ(home: Path) -> dict[str, str]:
    """Return the variables of a user of Windows with a home folder."""
    steering = ("RHYTHMCONF_", "XDG_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    own = {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home / "AppData" / "Local")}
    own["WIN_PD_OVERRIDE_LOCAL_APPDATA"] = own["LOCALAPPDATA"]  # Windows itself does not ask the variable
    return {**kept, **own, "PYTHONPATH": str(ROOT), "PATH": _path_with_git(home), "SECRET": "demo"}


def _path_with_git(home: Path) -> str:
    """Return a PATH on which git is `git.exe`, as on Windows."""
    git = shutil.which("git")
    if sys.platform == "win32" or git is None:
        return os.environ["PATH"]
    programs = home / "programs"
    programs.mkdir(parents=True, exist_ok=True)
    if not (programs / "git.exe").exists():
        (programs / "git.exe").symlink_to(git)
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


@cache
def missing_names(module: str) -> frozenset[str]:
    """Return what a module of the standard library has on some system and not on Windows."""
    stub = _stub(module)
    if stub is None or "win32" not in (text := stub.read_text(encoding="utf-8")):
        return frozenset()
    body = ast.parse(text).body
    return frozenset(_names(body, everywhere=True)) - frozenset(_names(body, everywhere=False))


@cache
def is_missing(module: str) -> bool:
    """Tell whether Windows' Python lacks a whole module."""
    stub = _stub(module)
    if stub is None or not missing_names(module):
        return False
    here = _names(ast.parse(stub.read_text(encoding="utf-8")).body, everywhere=False)
    return all(name.startswith("_") for name in here)


def _stub(module: str) -> Path | None:
    """Return the stub of a module of the standard library, which mypy brings along."""
    spec = find_spec("mypy")
    if spec is None or spec.origin is None or module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    base = Path(spec.origin).parent / "typeshed" / "stdlib" / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".pyi"), base / "__init__.pyi") if path.is_file()), None)


def _names(body: Sequence[ast.stmt], *, everywhere: bool) -> Iterator[str]:
    """Yield the names that statements of a stub define: on Windows, or on any system and version."""
    for node in body:
        match node:
            case ast.If():
                holds = True if everywhere else _holds(node.test)
                if everywhere or holds:
                    yield from _names(node.body, everywhere=everywhere)
                if everywhere or not holds:
                    yield from _names(node.orelse, everywhere=everywhere)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign():
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.ImportFrom():
                yield from (alias.asname or alias.name for alias in node.names if alias.asname or alias.name == "*")


def _holds(test: ast.expr) -> bool:
    """Evaluate a condition of a stub on Windows, with the oldest Python that rhythmconf supports."""
    system = SimpleNamespace(platform="win32", version_info=OLDEST)
    code = compile(ast.Expression(test), "<stub>", "eval")
    return bool(eval(code, {"sys": system, "TYPE_CHECKING": True}))


class View(ModuleType):
    """A module without what Windows lacks, and with what is different there. Assignments reach the module itself."""

    def __init__(self, module: ModuleType, different: Mapping[str, object]) -> None:
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_missing", missing_names(module.__name__) - different.keys())
        object.__setattr__(self, "_different", different)

    def __getattribute__(self, name: str) -> Any:
        get = object.__getattribute__
        if name in get(self, "_missing"):
            raise AttributeError(f"Windows has no {get(self, '_module').__name__}.{name}")
        different = get(self, "_different")
        return different[name] if name in different else getattr(get(self, "_module"), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_module"), name, value)


def _different() -> dict[str, dict[str, object]]:
    """Return what modules have otherwise on Windows."""
    import select

    def open(path: Any, flags: int, mode: int = 0o777) -> int:
        assert flags & O_BINARY, f"{path} is opened without O_BINARY: Windows would change line ends"
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied", path)
        return os.open(path, flags & ~(O_BINARY | O_NOINHERIT), mode)

    def kill(pid: int, signal: int) -> None:
        assert signal, "os.kill(pid, 0) would send Ctrl-C on Windows"
        os.kill(pid, signal)

    def select_sockets(*lists: Any) -> Any:
        if any(not hasattr(one, "recv") for ones in lists[:3] for one in ones):
            raise OSError(10038, "An operation was attempted on something that is not a socket")
        return select.select(*lists)

    sets: dict[str, object] = {
        name: frozenset() for name in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks")
    }
    files = {name: _widened(getattr(os, name)) for name in ("stat", "lstat", "fstat")}
    own = {"name": "nt", "O_BINARY": O_BINARY, "O_NOINHERIT": O_NOINHERIT, "open": open, "kill": kill}
    return {
        "os": {**own, **files, **sets},
        "sys": {"platform": "win32"},
        "select": {"select": select_sockets},
    }


def _widened(function: Any) -> Any:
    """Return a function of file states that shows no owner, and the same permissions for everybody, as on Windows."""

    def read(*arguments: Any, **options: Any) -> os.stat_result:
        status = function(*arguments, **options)
        every = 0o777 if stat.S_ISDIR(status.st_mode) else 0o666
        times = {name: getattr(status, name) for name in ("st_atime_ns", "st_mtime_ns", "st_ctime_ns")}
        return os.stat_result((status.st_mode | every, *status[1:4], 0, 0, *status[6:10]), times)

    return read


def hide() -> None:
    """Hide from the modules of rhythmconf, from now on, what Windows lacks."""
    different = _different()
    views: dict[str, ModuleType] = {}
    import_ = builtins.__import__

    def import_as_on_windows(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        importer = str((globals or {}).get("__name__", ""))
        if level or importer.partition(".")[0] != "rhythmconf" or name.partition(".")[0] not in sys.stdlib_module_names:
            return import_(name, globals, locals, fromlist or (), level)
        if is_missing(name):
            raise ModuleNotFoundError(f"Windows has no module {name!r}", name=name)
        module = import_(name, globals, locals, fromlist or (), level)
        key = module.__name__
        if key not in views:
            views[key] = View(module, different.get(key, {})) if missing_names(key) or key in different else module
        return views[key]

    builtins.__import__ = import_as_on_windows
    Path.stat = _widened(Path.stat)  # type: ignore[method-assign]
    platformdirs.windows.get_win_folder = lambda csidl_name: os.environ["LOCALAPPDATA"]
    colorama = ModuleType("colorama")
    colorama.just_fix_windows_console = lambda: None  # type: ignore[attr-defined]
    sys.modules.setdefault("colorama", colorama)


def _run(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run a command line with the streams of a pipe on Windows."""
    from rhythmconf.__main__ import prepare_streams
    from rhythmconf.cli import main

    before = sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    streams = (
        io.TextIOWrapper(out, encoding="cp1252", newline="\r\n"),
        io.TextIOWrapper(err, encoding="cp1252", errors="backslashreplace", newline="\n"),
    )
    sys.stdout, sys.stderr = streams
    try:
        prepare_streams()
        code = main.run(arguments)
    finally:
        sys.stdout, sys.stderr = before
    for stream in streams:
        stream.flush()
    return code, out.getvalue().decode("latin-1"), err.getvalue().decode("cp1252")


def main() -> None:
    """Run one command line, or those of stdin."""
    if sys.platform != "win32":
        hide()
    if sys.argv[1:]:
        from rhythmconf.__main__ import main as run

        run()
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
