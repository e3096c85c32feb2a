"""Fail when a room's branch coverage is below 95 %.

Usage: coverage_of_rooms.py COVERAGE.json
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath

LEAST = 95.0


def rooms(report: Path) -> dict[str, float]:
    """Percent of lines and branches covered, by room: the first name below `rhythmconf/`."""
    done: dict[str, int] = defaultdict(int)
    every: dict[str, int] = defaultdict(int)
    for name, file in json.loads(report.read_text())["files"].items():
        room = PurePosixPath(name).parts[1].removesuffix(".py")
        counts = file["summary"]
        done[room] += counts["covered_lines"] + counts["covered_branches"]
        every[room] += counts["num_statements"] + counts["num_branches"]
    return {room: 100 * done[room] / every[room] if every[room] else 100.0 for room in sorted(every)}


def main(report: Path) -> int:
    """Print each room's figure; 1 where one is too low."""
    found = rooms(report)
    for room, percent in found.items():
        print(f"{room:12} {percent:6.1f} %{'  too low' if percent < LEAST else ''}")
    return int(any(percent < LEAST for room, percent in found.items()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
