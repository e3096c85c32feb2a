"""Render the pipeline of a host from its template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from rhythmconf import __version__

HOSTS = {
    "github": (".github/workflows/rhythmconf.yml", ".github/rhythmconf"),
    "gitlab": (".gitlab-ci.yml", ".gitlab/rhythmconf"),
}
"""Where each host looks for its pipeline, and the folder of the scripts that the pipeline runs."""
STEPS = ("install.sh", "review.sh", "apply.sh", "snapshot.sh", "drift.sh", "publish.sh")
SCRIPTS = {"github": (*STEPS, "github.sh", "comment.sh", "propose.sh"), "gitlab": STEPS}
"""The scripts that the pipeline of each host runs."""


class _Stage(NamedTuple):
    """An environment as the templates show it: `suffix` of its jobs, `label` of their names, `host` its environment
    there, and `prefix` of its secrets.
    """

    name: str
    suffix: str
    label: str
    host: str
    prefix: str


class Pipeline(NamedTuple):
    """What a pipeline is written for. The environments are in the order of promotion."""

    environments: tuple[str, ...] = ("production",)
    branch: str = "main"

    def render(self, host: str) -> dict[str, bytes]:
        """Return the files of the pipeline by name."""
        target, folder = HOSTS[host]
        scripts = {f"{folder}/{name}": (_templates() / name).read_bytes() for name in SCRIPTS[host]}
        return {target: _render(f"{host}.yml", self._values()).encode(), **scripts}

    def _values(self) -> Mapping[str, object]:
        return {
            "version": __version__,
            "title": "rhythmconf",
            "folder": "",
            "branch": self.branch,
            "environments": [*_stages(self.environments)],
        }


def _stages(names: tuple[str, ...]) -> Iterable[_Stage]:
    for name in names:
        several = len(names) > 1
        prefix = name.upper().replace("-", "_")
        yield _Stage(name, f"-{name}" if several else "", f" ({name})" if several else "", name, prefix)


def _templates() -> Traversable:
    return resources.files("rhythmconf.templates") / "pipelines"


def _render(name: str, values: Mapping[str, object]) -> str:
    # GitHub writes expressions as ${{ }}, so the templates use other marks than Jinja's own.
    environment = Environment(  # noqa: S701 -- YAML has nothing to escape; the values are checked names
        loader=PackageLoader("rhythmconf.templates", "pipelines"),
        line_statement_prefix="%%",
        variable_start_string="<{",
        variable_end_string="}>",
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name).render(values)
