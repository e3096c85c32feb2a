"""A clock that moves only if the code sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from rhythmconf.tenant.client import Clock

NOON = 1_795_000_000.0


@dataclass
class Ticking:
    """`slept` has the pauses in seconds; `chance` is the result of every random draw."""

    now_s: float = NOON
    chance: float = 0.5
    slept: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now_s, sleep=self.sleep, random=lambda: self.chance)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
