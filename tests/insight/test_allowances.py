"""A comment with a reason suppresses a finding at its line; every other comment is a warning."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from rhythmconf.insight.lint import apply_settings
from rhythmconf.insight.lint.allowances import check_unused, read_allowances
from rhythmconf.insight.lint.rules import RULES
from rhythmconf.model import Diagnostic, Location

FILE = "config/drops.yaml"


def finding(line: int, code: str = "RC234", file: str = FILE) -> Diagnostic:
    return Diagnostic(code, "a finding", "warning", Location(file, line, 3), found_by="rule")


def settled(text: str, *findings: Diagnostic, levels: dict[str, str] | None = None) -> list[Diagnostic]:
    return apply_settings(findings, levels or {}, read_allowances({FILE: text.encode()}))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nname: x  # rhythmconf: allow RC234 because they differ\n", 2),
        ("a: 1\n# rhythmconf: allow RC234 because they differ\nname: x\n", 3),
        ("a:\n  # rhythmconf: allow RC234 because they differ\n  # more\n  - name: x\n", 4),
        ("drops:  # rhythmconf: allow RC232, RC234 because they differ\n  a: 1\n", 1),
        ("drops:  # rhythmconf: allow RC232 and RC234 because they differ\n  a: 1\n", 1),
        ("#rhythmconf: allow RC232 RC234 because they differ\nkind: x\n", 2),
    ],
)
def test_a_comment_is_about_its_line_or_the_next(text: str, line: int) -> None:
    [suppressed, other] = settled(text, finding(line), finding(line + 1))
    assert (suppressed.suppressed, other.suppressed) == ("they differ", "")
    assert suppressed.severity == "warning"


def test_a_comment_is_about_its_codes_and_its_file_only() -> None:
    text = "a: 1  # rhythmconf: allow RC234 because they differ\n"
    assert [one.suppressed for one in settled(text, finding(1, "RC232"), finding(1, file="b.yaml"))] == ["", ""]


def test_a_comment_above_a_blank_line_is_about_that_line() -> None:
    [one] = settled("# rhythmconf: allow RC234 because they differ\n\na: 1\n", finding(3))
    assert not one.suppressed


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("allow RC234", "this comment allows RC234 without a reason, so it has no effect"),
        ("allow RC234 because", "this comment allows RC234 without a reason, so it has no effect"),
        ("allow RC232, RC234", "this comment allows RC232 and RC234 without a reason, so it has no effect"),
        ("ignore RC234 because of it", "this comment is not understood, so it has no effect"),
        ("allow this because of it", "this comment is not understood, so it has no effect"),
    ],
)
def test_a_comment_without_a_reason_is_a_warning_and_suppresses_nothing(comment: str, message: str) -> None:
    [one, warning] = settled(f"a: 1  # rhythmconf: {comment}\n", finding(1))
    assert not one.suppressed
    assert (warning.code, warning.severity, warning.message) == ("RC710", "warning", message)
    assert warning.location == Location(FILE, 1, 7)


@pytest.mark.parametrize("code", ["RC999", "RC203", "RC2x"])
def test_a_code_that_no_rule_has_is_a_warning(code: str) -> None:
    [warning] = settled(f"a: 1  # rhythmconf: allow {code} because I say so\n")
    assert (warning.code, warning.message) == ("RC711", f"this comment allows {code}, which is not the code of a rule")


def test_a_comment_that_suppresses_nothing_is_a_warning() -> None:
    text = "a: 1  # rhythmconf: allow RC232, RC234 because they differ\n"
    allowances = read_allowances({FILE: text.encode()})
    found = settled(text, finding(1))
    [warning] = check_unused(allowances, found, RULES)
    assert (warning.code, warning.message) == ("RC711", "this comment matches nothing: line 1 has no finding RC232")
    assert [*check_unused(allowances, found, {"RC234"})] == []


def test_json_has_no_comments() -> None:
    text = b'{"a": "# rhythmconf: allow RC234 because they differ"}'
    assert read_allowances({"config/a.json": text}) == []


def test_the_project_sets_severities() -> None:
    findings = (finding(1), finding(2, "RC232"), finding(3, "RC233"))
    levels = {"RC234": "error", "RC232": "off", "RC233": "warning"}
    assert [(one.code, one.severity) for one in settled("", *findings, levels=levels)] == [
        ("RC234", "error"),
        ("RC233", "warning"),
    ]


def test_a_suppressed_error_does_not_fail() -> None:
    text = "a: 1  # rhythmconf: allow RC234 because they differ\n"
    [one] = settled(text, finding(1), levels={"RC234": "error"})
    assert (one.severity, one.fails) == ("error", False)


def test_the_project_file_may_set_every_rule_and_nothing_else() -> None:
    schema = json.loads(resources.files("rhythmconf.settings").joinpath("project.schema.json").read_text("utf-8"))
    assert set(schema["definitions"]["lint"]["propertyNames"]["enum"]) == set(RULES)
