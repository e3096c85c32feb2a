"""Figures are ratios; print them as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` measured against `floor` of the same run, both in `unit`; `target` is the largest allowed ratio.

    Without a floor it is a plain fact, which the table shows for orientation.
    """

    section: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    of: str = ""
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return the value as a multiple of the floor."""
        return self.value / self.floor if self.floor else None

    @property
    def verdict(self) -> str:
        """Return whether the target is met."""
        if self.target is None or self.ratio is None:
            return ""
        return "ok" if self.ratio <= self.target else "MISSED"


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("section", "what", "measured", "floor", "ratio", "target", "")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    return "".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |\n" for row in rows
    )


def _row(figure: Figure) -> tuple[str, str, str, str, str, str, str]:
    floor = f"{figure.floor:.4g} {figure.unit} ({figure.of})" if figure.floor is not None else ""
    return (
        figure.section,
        figure.name,
        f"{figure.value:.4g} {figure.unit}",
        floor,
        f"{figure.ratio:.3f}" if figure.ratio is not None else "",
        f"{figure.target:g}" if figure.target is not None else "",
        figure.verdict,
    )


def report(figures: Sequence[Figure], rounds: int) -> str:
    """Return the figures as JSON with the date and the kind of machine."""
    rows = [{**asdict(figure), "ratio": figure.ratio, "verdict": figure.verdict} for figure in figures]
    return json.dumps(
        {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "rounds": rounds, "figures": rows}, indent=2
    )


def machine() -> str:
    """Return the kind of machine without its name."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
