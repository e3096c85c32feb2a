"""Every bundled kind lives through every change: made, changed, drifted, pulled, promoted, deleted, rolled back.

The documents are generated. Two embedded tenants with different dialects answer, and the commands run in this process.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.support.emulated import whole_catalog
from tests.support.walk_sites import CHOICES, TURNS, make_site, turned
from tests.support.walks import walk

KINDS = sorted(whole_catalog().kinds)


def test_each_value_of_a_dialect_meets_many_kinds_and_each_kind_meets_every_value_in_full() -> None:
    everyday = [turned(kind, turn) for kind in KINDS for turn in (0, 1)]
    met = Counter(item for dialect in everyday for item in dialect.items())
    values = {(name, word) for name, words in CHOICES.items() for word in words}
    assert set(met) == values
    assert min(met.values()) >= len(KINDS) // 3
    pairs = {frozenset(pair) for dialect in everyday for pair in itertools.combinations(dialect.items(), 2)}
    assert len(pairs) >= 0.95 * sum(
        len(ones) * len(others) for ones, others in itertools.combinations(CHOICES.values(), 2)
    )
    for kind in KINDS:
        assert {item for turn in range(TURNS) for item in turned(kind, turn).items()} == values


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_lives_through_every_change(tmp_path: Path, name: str, full: bool) -> None:
    # With --full the documents are others each time; pytest prints the seed that repeats them.
    first = TURNS * random.randrange(1000) if full else 0
    for turn in range(first, first + (TURNS if full else 1)):
        walk(make_site(tmp_path / str(turn), whole_catalog(), name, turn), turn)
