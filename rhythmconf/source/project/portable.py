"""Say which names of files work on every computer: Linux, macOS and Windows, in git and on disk.

The rules of Windows are those of "Naming Files, Paths, and Namespaces" in its documentation. Where a path breaks one of
them, git can't check the file out there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LONGEST_NAME = 80
"""Characters of the longest name of a file or folder that rhythmconf makes. File systems allow 255 bytes."""
LONGEST_PATH = 200
"""Characters of a path in the project. Windows allows 260 with the folder of the checkout."""
_NAMES = r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *"
_RESERVED = re.compile(rf"{_NAMES}(\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')
_SUSPECT = ("./", " /", *'<>:"|?*\\', *(f"/{name}" for name in ("con", "prn", "aux", "nul", "com", "lpt")))


def may_have_problems(paths: Collection[str]) -> bool:
    """Tell whether `find_problem` may find one.

    It looks at all paths as one text, which takes a hundredth of the time of looking at each.
    """
    text = f"/{'/'.join(paths).lower()}/"
    # `con` stands before `config` and `contact` too: the most usual folder is no reason to look closer.
    text = text.replace("/config/", "/")
    return (
        any(suspect in text for suspect in _SUSPECT)
        or not text.isprintable()
        or max(map(len, paths), default=0) > LONGEST_PATH
    )


def fold(name: str) -> str:
    """Return what two names have in common that differ only by case or Unicode form: macOS and Windows mix them up."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def find_problem(path: str) -> str:
    """Return why a path of the project doesn't work on every computer, as the end of a sentence, or ""."""
    for part in path.split("/"):
        if _RESERVED.fullmatch(part):
            return f"'{part}' is a reserved name on Windows"
        if part not in (".", "..") and part.endswith((".", " ")):
            return f"'{part}' ends with a {'dot' if part.endswith('.') else 'blank'}, which Windows drops"
        if found := _FORBIDDEN.search(part):
            return f"{part!r} has the character {found[0]!r}, which Windows doesn't allow"
    if len(path) > LONGEST_PATH:
        return f"it has {len(path)} characters, and Windows allows 260 with the folder of the project"
    return ""


def make_portable(name: str) -> str:
    """Return the name of a file or folder, changed where it would not work on every computer."""
    stem, dot, rest = name.partition(".")
    if _RESERVED.fullmatch(name):
        name = f"{stem.rstrip()}_{dot}{rest}"
    if name.endswith((".", " ")):
        name = f"{name.rstrip('. ')}_"
    name = _FORBIDDEN.sub("_", name)
    if len(name) > LONGEST_NAME:
        base, dot, suffix = name.rpartition(".")
        base, suffix = (base, f"{dot}{suffix}") if len(suffix) <= 10 else (name, "")
        name = f"{base[: LONGEST_NAME - len(suffix)].rstrip('. ')}{suffix}"
    return name
