"""examples/mistakes: each planted mistake is found with the message that its comment has, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rhythmconf.flows.validate import read_bodies, resolve_documents
from rhythmconf.insight.lint import judge_change
from rhythmconf.insight.lint.rules import RULES
from rhythmconf.model import Body, Record
from rhythmconf.source.project.opening import open_project, open_settings
from tests.support.judging import TODAY
from tests.support.process import EXAMPLES, run_in_process

MISTAKES = EXAMPLES / "mistakes"
SAYS = re.compile(r"^# Says: (\w+)\[(RC\d+)\]: (.*(?:\n#   .*)*)", re.MULTILINE)
IN_PLANS = "config/RC729.yaml"
Said = tuple[str, str, str, str]


def planted() -> list[Said]:
    """Return file, severity, code and message of each mistake, as the comments have them."""
    return sorted(
        (path.relative_to(MISTAKES).as_posix(), severity, code, message.replace("\n#  ", ""))
        for path in (MISTAKES / "config").iterdir()
        for severity, code, message in SAYS.findall(path.read_text(encoding="utf-8"))
    )


@pytest.fixture(scope="module")
def found() -> list[Said]:
    result = run_in_process(MISTAKES, "validate", "--from", TODAY.isoformat(), "--format", "json")
    assert result.code == 1
    return sorted((one["file"], one["severity"], one["code"], one["message"]) for one in result.json()["diagnostics"])


def test_each_planted_mistake_is_found_and_nothing_else(found: list[Said]) -> None:
    assert found == [said for said in planted() if said[0] != IN_PLANS]


def test_each_rule_about_what_documents_mean_has_a_mistake() -> None:
    assert {code for _, _, code, _ in planted()} == {code for code in RULES if code.startswith("RC7")}


def test_a_mistake_is_in_the_file_of_its_rule() -> None:
    assert all(Path(file).stem == code for file, _, code, _ in planted())


def test_the_program_that_joins_is_found_in_a_plan() -> None:
    project = open_project(open_settings(MISTAKES))
    bodies = read_bodies(project, resolve_documents(project, "sandbox"), "sandbox", TODAY)
    before = [key for key in bodies.bodies if key.name != "clp"]
    mail: Body = {"name": "Live", "email": {"body": "Dear {{first_name}}"}}
    findings = judge_change(bodies, before, bodies.bodies.keys(), [Record("certifications/notice", "1", mail)])
    said = [said for said in planted() if said[0] == IN_PLANS]
    assert [(IN_PLANS, one.rule.severity, str(one.rule), one.message) for one in findings] == said


def test_the_readme_has_the_first_and_the_last_line() -> None:
    shown = run_in_process(MISTAKES, "validate", "--from", TODAY.isoformat()).stdout
    readme = (MISTAKES / "README.md").read_text(encoding="utf-8")
    assert shown.splitlines()[0] in readme.replace("\n", " ")
    assert shown.splitlines()[-1] in readme
