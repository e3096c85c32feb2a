"""With a shared state, random interleavings on two computers have one writer at a time, and lose nothing.

`tests/support/shared_worlds.py` has the steps, and what must hold. Here stand the stores that are tried.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.buckets import Bucket
from tests.support.shared_worlds import Sharing, share_by_bucket, share_by_git, walk

PARTS = 2
"""The interleavings are divided into so many tests, which can run at the same time."""
FULL = 500
EVERYDAY = (0, 5)
"""The seeds of the everyday run. Both noticed faults that were put into the code: 0 a take-over that doesn't close the
run record, 5 a run that goes on after its record was closed, and pushes without a lease."""


def seeds(full: bool, part: int) -> range | tuple[int, ...]:
    return range(part, FULL, PARTS) if full else EVERYDAY[part:PARTS:PARTS]


@pytest.mark.parametrize("part", range(PARTS))
def test_one_computer_at_a_time_writes_and_every_run_is_on_record(tmp_path: Path, full: bool, part: int) -> None:
    print(walk(tmp_path, lambda _: share_by_git(), seeds(full, part)))


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_holds_with_a_bucket(tmp_path: Path, bucket: Bucket, full: bool, part: int) -> None:
    def share(seed: int) -> Sharing:
        return share_by_bucket(bucket._replace(prefix=f"{bucket.prefix}-{seed}"))

    print(walk(tmp_path, share, seeds(full, part)))
