"""Suggest the names that a misspelt name was probably meant to be.

Every suggestion comes from here, so the same holds for all of them: it exists, and it is at most two edits away or ends
with what was written. It has the digits of what was written: a name with other digits (`drops-2025` for `drops-2026`,
`RC109` for `RC999`) is another thing, not another spelling.
"""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.model.values import Key


def nearest(name: str, candidates: Iterable[str]) -> list[str]:
    """Return the candidates that are the fewest edits away from a name; several only where they look equally like it.

    At most two edits count, and at most a third of the letters of a short name. Upper and lower case are the same.
    Digits must be the same. What looks the same is nearest, however many of its letters are of another script.
    """
    candidates = [*candidates]
    if not name.isascii():
        from rhythmconf.model.appearance import appearance

        if same := [one for one in candidates if appearance(one) == appearance(name) and _digits(one) == _digits(name)]:
            return same
    most = min(2, (len(name) + 2) // 3)
    digits = _digits(name)
    distances = {
        candidate: _edits(name.lower(), candidate.lower(), most)
        for candidate in candidates
        if _digits(candidate) == digits
    }
    least = min(distances.values(), default=most + 1)
    closest = [candidate for candidate, distance in distances.items() if distance == least <= most]
    if len(closest) < 2:
        return closest
    from difflib import SequenceMatcher  # only for mistakes

    likeness = {candidate: SequenceMatcher(None, candidate, name).ratio() for candidate in closest}
    return [candidate for candidate, ratio in likeness.items() if ratio == max(likeness.values())]


def ending_with(text: str, candidates: Iterable[str]) -> list[str]:
    """Return the only candidate that ends with a text as a word: `the reference date` for `reference date`."""
    end = text.lower()
    found = [one for one in candidates if f" {one.lower()}".replace("_", " ").endswith(f" {end}".replace("_", " "))]
    return found if end and len(found) == 1 else []


def did_you_mean(names: Iterable[str]) -> str:
    """Return the question that offers these names, three at most: `did you mean 'x'?`; empty for no name."""
    quoted = [f"'{name}'" for name in names]
    return f"did you mean {' or '.join(quoted[:3])}?" if quoted else ""


def suggest(name: str, candidates: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the nearest candidates; empty where none is near."""
    return did_you_mean(nearest(name, candidates))


def nearest_keys(key: Key, candidates: Iterable[Key]) -> list[str]:
    """Return the nearest names among the keys of the same kind."""
    return nearest(key.name, [candidate.name for candidate in candidates if candidate.kind == key.kind])


def suggest_key(key: Key, candidates: Iterable[Key]) -> str:
    """Return `did you mean 'x'?` for the nearest keys of the same kind; empty where none is near."""
    return did_you_mean(nearest_keys(key, candidates))


def _digits(name: str) -> list[str]:
    return [letter for letter in name if letter.isdigit()]


def _edits(one: str, other: str, most: int) -> int:
    """Count the letters to change, insert, remove or swap with their neighbour; `most` + 1 stands for any more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for i, letter in enumerate(one):
        after: list[int] = [i + 1]
        for j, other_letter in enumerate(other):
            after.append(min(row[j + 1] + 1, after[j] + 1, row[j] + (letter != other_letter)))
            if i and j and (letter, one[i - 1]) == (other[j - 1], other_letter):
                after[-1] = min(after[-1], before[j - 1] + 1)
        if min(after) > most:
            return most + 1
        before, row = row, after
    return min(row[-1], most + 1)
