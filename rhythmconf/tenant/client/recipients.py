"""Which access settings were used on this computer: one private file for each environment of a project.

The file is in the state folder. That folder may be inside the project, where a branch could bring a file of its own
along, so the file is signed with a key in the cache folder.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from rhythmconf.errors import AuthError
from rhythmconf.model import Json, decode
from rhythmconf.tenant.client import private

KEPT = 50
"""Older settings are forgotten, so that the file stays small."""
SHOWN = 500
"""Characters of a text that are kept, to show it when it has changed."""


class Fact(NamedTuple):
    """One setting that decides who gets a secret: its name, how the project file writes it, a digest of its value."""

    name: str
    shown: str
    digest: str


Facts = tuple[Fact, ...]


class Place(NamedTuple):
    """The file of an environment, the file of the key, and the text that says which environment it is."""

    path: Path
    key_path: Path
    subject: str


def place(state_dir: Path, cache_dir: Path, root: Path, environment: str) -> Place:
    """Return the place of an environment's file. `root` is the folder of the project."""
    subject = json.dumps([str(root.resolve()), environment])
    name = f"{sha256(subject.encode()).hexdigest()[:32]}.json"
    return Place(state_dir / "access" / name, cache_dir / "access" / "key", subject)


def exists(place: Place) -> bool:
    """Whether there is a file, be it damaged or not ours."""
    return os.path.lexists(place.path)


def read(place: Place) -> tuple[Facts, ...]:
    """Return the settings that were used, the newest last; none where the file is absent, damaged or not ours."""
    try:
        data, key = private.read(place.path), private.read(place.key_path)
        value = decode(data) if data and key else None
    except (AuthError, ValueError):
        return ()
    if not isinstance(value, dict) or not key or not isinstance(signature := value.get("signature"), str):
        return ()
    used = value.get("used")
    if not hmac.compare_digest(_sign(place, used, key).encode(), signature.encode()):
        return ()
    # What carries our signature has our form.
    rows: list[list[list[str]]] = used  # type: ignore[assignment]
    return tuple(tuple(Fact(*row) for row in facts) for facts in rows)


def add(place: Place, facts: Facts) -> None:
    """Add settings to the file. Raises AuthError where that is impossible."""
    kept = [*read(place), tuple(fact._replace(shown=fact.shown[:SHOWN]) for fact in facts)][-KEPT:]
    for path in (place.path, place.key_path):
        private.make_folder(path.parent)
    key = private.read(place.key_path)
    if not key:
        key = secrets.token_hex(32).encode()
        private.write(place.key_path, key)
    used: Json = [[list(fact) for fact in facts] for facts in kept]
    private.write(place.path, json.dumps({"used": used, "signature": _sign(place, used, key)}).encode())


def _sign(place: Place, used: Json, key: bytes) -> str:
    return hmac.new(key, json.dumps([place.subject, used]).encode(), sha256).hexdigest()
