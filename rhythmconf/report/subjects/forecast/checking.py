"""Write what past runs say about the guesses about dates: as text with the settings to commit, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.forecast.observing import Finding, Observation
from rhythmconf.model import Body
from rhythmconf.model.plural import counted, joined
from rhythmconf.report.dates import week_date
from rhythmconf.report.terminal import Line


def text(observation: Observation, environment: str) -> Iterator[Line]:
    """Yield what fits; the last lines are the settings that the runs prove."""
    people = "1 person" if observation.people == 1 else f"{observation.people:,} people"
    yield [("bold", f"Readings of {environment}"), ("plain", f"  {counted(observation.runs, 'run')} with {people}")]
    if observation.skipped:
        skipped = counted(observation.skipped, "run")
        yield [("dim", f"{skipped} without people, windows or options that the tenant shows: not compared")]
    if observation.misfit is not None:
        run = observation.misfit
        yield [("alarm", f"No reading fits the run of {run.template} on {week_date(run.day)} and those before it.")]
        yield [("plain", "It took people whose expiry date is in none of its windows. Look at this run in Rhythm.")]
        return
    if not observation.runs:
        yield [("bold", "No past run can be compared, so nothing is proved.")]
        return
    for finding in observation.findings:
        yield _finding(finding)
    observed = [finding for finding in observation.findings if finding.observed]
    yield [("plain", "")]
    if not observed:
        yield [("bold", "The runs prove nothing: more than one value of each setting fits them.")]
        return
    yield [("bold", "The runs prove these settings. Write them into rhythmconf.yaml, for this environment or for all:")]
    yield [("plain", "calendar:")]
    for finding in observed:
        yield [("plain", f"  {finding.setting}: {finding.observed}")]


def _finding(finding: Finding) -> Line:
    name = ("plain", f"  {finding.guess} {finding.setting}: ")
    if finding.observed:
        others = joined([value for value in finding.values if value != finding.observed])
        return [name, ("green", f"{finding.observed} fits every run, {others} doesn't")]
    return [name, ("dim", f"{joined(finding.fits)} fit every run")]


def json(observation: Observation) -> Body:
    """Return the documented members. `observed` is null where several values fit."""
    misfit = observation.misfit
    return {
        "runs": observation.runs,
        "people": observation.people,
        "skipped": observation.skipped,
        "settings": [
            {
                "guess": finding.guess,
                "setting": finding.setting,
                "fits": list(finding.fits),
                "observed": finding.observed,
            }
            for finding in observation.findings
        ],
        "misfit": None if misfit is None else {"template": misfit.template, "date": misfit.day.isoformat()},
    }
