"""Write a page for each member of a fleet, in the worker that has planned it, and an index of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rhythmconf.cli.formats import plan_writers
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.values import Order
from rhythmconf.flows.values import Planned
from rhythmconf.model.fleet import FleetReport, MemberSummary
from rhythmconf.report.facts import DRIFT, PLAN
from rhythmconf.report.origin import NO_ORIGIN
from rhythmconf.report.subjects import fleet_page
from rhythmconf.settings import Environment
from rhythmconf.source.project import files
from rhythmconf.source.project.values import Project


class WritePages(NamedTuple):
    """Works on a member, and writes its page into a folder. It is pickled for each worker."""

    folder: Path

    def carry_out(self, order: Order) -> MemberSummary:
        """Carry out an order."""
        return work(order, self.write)

    def write(self, order: Order, planned: Planned, project: Project, environment: Environment) -> str:
        """Write the page of a plan or of drift, and return the name of its file."""
        kind = DRIFT if order.action == "drift" else PLAN
        page = plan_writers(planned, project, environment, kind, None, NO_ORIGIN)["html"]()
        name = f"{order.name}.html"
        files.write(self.folder / name, str(page).encode("utf-8", "backslashreplace"))
        return name


def write_index(folder: Path, report: FleetReport) -> None:
    """Write the index of the pages in a folder."""
    files.write(folder / "index.html", fleet_page.html(report).encode("utf-8", "backslashreplace"))
