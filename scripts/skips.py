"""Fail if a test was skipped for a reason that `.ci/skips` doesn't list.

Usage: skips.py JUNIT.xml ...

A line of `.ci/skips` is `part of the reason -- why the skip is acceptable`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

LIST = Path(__file__).parent.parent / ".ci" / "skips"


def read_accepted_reasons() -> list[str]:
    """Return the parts of a reason that make a skip acceptable."""
    lines = (line.strip() for line in LIST.read_text(encoding="utf-8").splitlines())
    return [line.partition(" -- ")[0] for line in lines if line and not line.startswith("#")]


def skipped_tests(report: Path) -> Iterator[tuple[str, str]]:
    """Yield the test and the reason of each skip in a JUnit file of pytest."""
    for case in ElementTree.parse(report).iter("testcase"):
        for skip in case.iter("skipped"):
            yield f"{case.get('classname')}::{case.get('name')}", skip.get("message") or ""


def main(reports: list[Path]) -> int:
    """Print every skip and return 1 if one isn't listed."""
    reasons, code = read_accepted_reasons(), 0
    for report in reports:
        for test, reason in skipped_tests(report):
            listed = any(part in reason for part in reasons)
            print(f"{'skipped' if listed else 'NOT LISTED'}: {test}: {reason}")
            code |= not listed
    return code


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
