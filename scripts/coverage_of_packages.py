"""Fail if the branch coverage of a package is below 95 %.

Usage: coverage_of_packages.py COVERAGE.json
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path, PurePosixPath

LEAST_PERCENT = 95.0


def package_of(file: str) -> str:
    """Return the package that a file counts for: `engine/plan`, or `cli` for a module right below `rhythmconf/cli`."""
    folders = PurePosixPath(file).parts[1:-1]
    return "/".join(folders[:2]) or PurePosixPath(file).stem


def measure(report: Path) -> dict[str, float]:
    """Return the percentage of lines and branches that the tests reached, by package."""
    covered: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for file, data in json.loads(report.read_text(encoding="utf-8"))["files"].items():
        counts = data["summary"]
        covered[package_of(file)] += counts["covered_lines"] + counts["covered_branches"]
        total[package_of(file)] += counts["num_statements"] + counts["num_branches"]
    return {package: 100 * covered[package] / total[package] for package in sorted(total) if total[package]}


def main(report: Path) -> int:
    """Print the figure of each package and return 1 if one is too low."""
    percentages = measure(report)
    for package, percent in percentages.items():
        print(f"{package:20} {percent:6.1f} %{'  too low' if percent < LEAST_PERCENT else ''}")
    return int(min(percentages.values()) < LEAST_PERCENT)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
