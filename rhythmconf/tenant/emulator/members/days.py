"""The members of a tenant from the first request about them on, and the runs of a day."""

from __future__ import annotations

from datetime import date

from rhythmconf.model import Json
from rhythmconf.tenant.emulator.http import Refusal, Request, Response, encode
from rhythmconf.tenant.emulator.members.names import CERTIFICATION
from rhythmconf.tenant.emulator.members.saving import read_all, save
from rhythmconf.tenant.emulator.members.values import Simulation
from rhythmconf.tenant.emulator.store import Store

MOST_DAYS_AHEAD = 800
YEARS = range(1900, 2201)


def populate(store: Store, simulation: Simulation, now: float) -> None:
    """Store the members of the simulation, unless the tenant has some."""
    if store.only(CERTIFICATION):
        return
    with store.transaction():
        # Another process may have been faster.
        if not store.only(CERTIFICATION):
            save(store, simulation.populate(lambda kind: read_all(store, kind), now), now)


def run_day(store: Store, simulation: Simulation, request: Request, now: float) -> Response:
    """Answer `POST /_emulator/run?date=` with the runs that were done and prepared. A run is done once."""
    day, ahead = read_day(request.query("date") or ""), _read_ahead(request)
    populate(store, simulation, now)
    with store.transaction():
        outcome = simulation.run_day(lambda kind: read_all(store, kind), day, ahead, now)
        save(store, outcome.records, now)
        for kind, body in outcome.gone:
            store.delete(kind, str(body["id"]))
    runs: list[Json] = [*outcome.runs]
    return Response(200, encode({"date": day.isoformat(), "runs": runs}))


def read_day(text: str) -> date:
    """Return the date of a run. Raises Refusal (400) for a text that is none, or one that is too far away."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"the date {text!r} is not one such as 2027-01-31") from None
    if not YEARS.start <= day.year < YEARS.stop:
        raise Refusal(400, f"billing runs have dates from {YEARS.start} to {YEARS.stop - 1}, not {text}")
    return day


def _read_ahead(request: Request) -> int | None:
    text = request.query("prepared")
    if text is None:
        return None
    if not text.isdecimal() or int(text) > MOST_DAYS_AHEAD:
        raise Refusal(400, f"prepared is a number of days from 0 to {MOST_DAYS_AHEAD}, not {text!r}")
    return int(text)
