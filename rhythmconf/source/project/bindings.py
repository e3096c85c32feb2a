"""Read and write the bindings file of an environment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rhythmconf import settings
from rhythmconf.catalog import Field
from rhythmconf.model import Binding, Bindings
from rhythmconf.source.project import files, inside
from rhythmconf.text import yaml12


def name(environment: str) -> str:
    """Return the project-relative name of an environment's bindings file."""
    return f"bindings/{environment}.yaml"


def text_of(root: Path, environment: str) -> bytes | None:
    """Return the text of an environment's bindings file, None where there is none."""
    return files.read_if_there(root, name(environment))


def parse(text: bytes | None, environment: str, module: str) -> Bindings:
    """Return the bindings that a bindings file holds. `module` is that of kinds named without one."""
    return settings.read_bindings(text, file=name(environment), module=module) if text is not None else {}


def add(root: Path, module: str, environment: str, more: Iterable[Binding]) -> None:
    """Add bindings to the file; leave it alone where there are none.

    A record has one key, so an older line for the same record is removed. Comments stay. The file is read again just
    before it is written: somebody may have changed it during a long run.
    """
    new = {binding.key: binding for binding in more}
    if not new:
        return
    before = text_of(root, environment)
    bound = {(binding.key.kind, binding.id) for binding in new.values()}
    old = {
        key: binding
        for key, binding in parse(before, environment, module).items()
        if (key.kind, binding.id) not in bound
    }
    file = name(environment)
    after = settings.write_bindings({**old, **new}, module=module)
    inside.write(root, file, _revised((before or b"").decode(), after, file).encode())


def _revised(before: str, after: str, file: str) -> str:
    """Edit the text `before` so that it has the values of `after` and keeps its comments."""
    there, (wanted,) = yaml12.load_all(before, file=file), yaml12.load_all(after, file=file)
    if not any(there) or not isinstance(wanted, dict):
        comments = [line for line in before.splitlines(keepends=True) if line.startswith("#")]
        return "".join([*comments, after])
    # Imported here: every command reads bindings, and few write them.
    from rhythmconf.text import scribe
    from rhythmconf.text.scribe import Target

    return scribe.revise(before, {0: Target(wanted, Field())}, file=file)
