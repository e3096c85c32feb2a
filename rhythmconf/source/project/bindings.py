"""The bindings file of an environment, read and written."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.catalog import Field
from rhythmconf.model import Binding, Bindings
from rhythmconf.settings import Settings, read_bindings, write_bindings
from rhythmconf.source.project import files
from rhythmconf.text import yaml12


def name(environment: str) -> str:
    """The project-relative name of an environment's bindings file."""
    return f"bindings/{environment}.yaml"


def read(settings: Settings, environment: str) -> Bindings:
    """The bindings of an environment; none where the file isn't there."""
    text = files.read_if_there(settings.root, name(environment))
    return read_bindings(text, file=name(environment), module=settings.module) if text is not None else {}


def add(settings: Settings, environment: str, more: Iterable[Binding]) -> None:
    """Write further bindings to the file; nothing is touched where there are none.

    A record has one key: the line that bound it before goes. Comments stay.
    """
    new = {binding.key: binding for binding in more}
    if new:
        told = {(binding.key.kind, binding.id) for binding in new.values()}
        old = {key: each for key, each in read(settings, environment).items() if (key.kind, each.id) not in told}
        path = settings.root / name(environment)
        files.make_folder(path.parent)
        before = files.read_if_there(settings.root, name(environment)) or b""
        after = write_bindings({**old, **new}, module=settings.module)
        files.write(path, _revised(before.decode(), after, path.name).encode())


def _revised(before: str, after: str, file: str) -> str:
    """The text before, edited to say what the text after says."""
    there, (wanted,) = yaml12.load_all(before, file=file), yaml12.load_all(after, file=file)
    if not any(there) or not isinstance(wanted, dict):
        comments = [line for line in before.splitlines(keepends=True) if line.startswith("#")]
        return "".join([*comments, after])
    # Imported here: every command reads bindings, and few write them.
    from rhythmconf.text import scribe
    from rhythmconf.text.scribe import Target

    return scribe.revise(before, {0: Target(wanted, Field())}, file=file)
