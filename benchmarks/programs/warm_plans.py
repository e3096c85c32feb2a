"""The floor of a fleet: the same plans one after another, in one process that stays warm. `FOLDER COUNT`"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from rhythmconf.cli import lazy


def main(folder: Path, count: int) -> None:
    """Plan the projects in a folder."""
    from rhythmconf.flows import events
    from rhythmconf.flows.plan import plan
    from rhythmconf.source.project.opening import open_project, open_settings

    for member in sorted(folder.iterdir())[:count]:
        settings = open_settings(member)
        environment = settings.environment()
        planned = events.run(plan(open_project(settings, [environment.name]), environment)).plan
        assert (planned.changes, planned.summary.unchanged) == ((), 100), planned.summary


lazy.install()
gc.enable()
main(Path(sys.argv[1]), int(sys.argv[2]))
