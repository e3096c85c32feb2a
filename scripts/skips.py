"""Fail when a test was skipped for a reason that `.ci/skips` doesn't list. Usage: skips.py JUNIT.xml ...

A line of `.ci/skips` is `part of the reason -- why that is all right`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

LISTED = Path(__file__).parent.parent / ".ci" / "skips"


def listed() -> list[str]:
    """The reasons that may be given for a skip."""
    lines = (line.strip() for line in LISTED.read_text(encoding="utf-8").splitlines())
    return [line.partition(" -- ")[0] for line in lines if line and not line.startswith("#")]


def skipped(report: Path) -> Iterator[tuple[str, str]]:
    """Test and reason of each skip in a JUnit file that pytest wrote."""
    for case in ElementTree.parse(report).iter("testcase"):
        for skip in case.iter("skipped"):
            yield f"{case.get('classname')}::{case.get('name')}", skip.get("message") or ""


def main(reports: list[Path]) -> int:
    """Print every skip; 1 where one isn't listed."""
    known, code = listed(), 0
    for test, reason in (skip for report in reports for skip in skipped(report)):
        excused = any(part in reason for part in known)
        print(f"{'skipped' if excused else 'NOT LISTED'}: {test}: {reason}")
        code |= not excused
    return code


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
