"""Write the index of a fleet as one HTML page without scripts, with a link to the page of each tenant."""

from __future__ import annotations

from rhythmconf import __version__
from rhythmconf.model.fleet import FleetReport
from rhythmconf.report.page import render_page
from rhythmconf.report.subjects import fleet_forecast
from rhythmconf.report.subjects.fleet import count_states, describe_equal, describe_place


def html(report: FleetReport) -> str:
    """Return the page."""
    groups = [(describe_equal(group), describe_place(group), group) for group in report.equal_changes()]
    return render_page(
        "fleet.html",
        command=report.command,
        headline=count_states(report),
        bad=bool(report.code),
        members=report.worst_first(),
        failed=[member for member in report.worst_first() if member.reason and member.code],
        groups=groups,
        forecast=[*fleet_forecast.lines(report)] if fleet_forecast.has_forecast(report) else [],
        describe_forecast=fleet_forecast.describe_member,
        version=__version__,
    )
