"""A refused plan says in every format of pipelines which line to add to which file; a terminal gets the flags."""

from __future__ import annotations

import html as markup
import re
from pathlib import Path

import pytest

from rhythmconf.model import MISSING, FieldChange, Guard, Location, Plan
from rhythmconf.report.formats import github, html, junit, markdown, sarif, text
from rhythmconf.report.overrides import IN_FILE, advise
from rhythmconf.report.terminal import render
from rhythmconf.templates import pipelines
from tests.support.reports import change, plan

AT = Location("config/drops.yaml", 9)
CONFLICT = FieldChange("/days", 5, 3, None, AT, side="conflict", base=4)
KEY = "notice/renewal"
FLAGS = (f"--ours {KEY}", f"--theirs {KEY}")


def refused(*overrides: str, action: str = "update", field: FieldChange = CONFLICT) -> Plan:
    one = change(KEY, action, field)  # type: ignore[arg-type]
    return plan(one)._replace(guards=(Guard("conflict", str(one.key), False, "refused", overrides),))


def test_every_format_of_a_pipeline_names_the_file_the_line_and_the_value() -> None:
    value = refused(*FLAGS)
    formats = {
        "markdown": markdown.plan(value),
        "html": markup.unescape(html.plan(value)),
        "sarif": sarif.plan(value),
        "junit": junit.plan(value),
        "github": github.plan(value),
    }
    for name, written in formats.items():
        plain = written.replace("`", "")
        assert f"To keep the value of the files, add the line --ours {KEY} to overrides/production.txt." in plain, name
        assert "To keep the tenant's value of days, write 5 at config/drops.yaml:9." in plain, name
        assert f"at a terminal too: plan again with --ours {KEY} or --theirs {KEY}." in plain, name
    terminal = render(text.plan(value), color=False)
    assert f"(override: --ours {KEY} or --theirs {KEY})" in terminal
    assert "overrides/" not in terminal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            refused("--allow-deletes notice=30%"),
            [
                "If this is intended, add the line `--allow-deletes notice=30%` to `overrides/production.txt`.",
                "This can be allowed at a terminal too: plan again with `--allow-deletes notice=30%`.",
            ],
        ),
        (refused("--allow-behind"), ["This can be allowed only at a terminal: plan again with `--allow-behind`."]),
        (refused(), []),
    ],
)
def test_what_no_file_takes_is_not_offered_for_it(value: Plan, expected: list[str]) -> None:
    assert advise(value, value.guards[0]) == expected


@pytest.mark.parametrize(
    ("field", "says"),
    [
        (CONFLICT._replace(old="x" * 300), "value of `days`, write it at `config/drops.yaml:9`."),
        (CONFLICT._replace(old="a`b"), "value of `days`, write it at `config/drops.yaml:9`."),
        (CONFLICT._replace(location=None), "value of `days`, write `5` into the document."),
        (CONFLICT._replace(old=MISSING), "remove `days` at `config/drops.yaml:9`."),
    ],
)
def test_a_value_that_can_not_be_shown_is_not_cut(field: FieldChange, says: str) -> None:
    value = refused(*FLAGS, field=field)
    assert any(says in sentence for sentence in advise(value, value.guards[0]))


def test_the_document_of_a_deleted_record_is_to_be_restored() -> None:
    value = refused(*FLAGS, action="delete", field=CONFLICT._replace(new=MISSING))
    assert "To keep the record, restore its document." in advise(value, value.guards[0])


def test_the_review_takes_exactly_these_options_from_the_file() -> None:
    review = (Path(pipelines.__path__[0]) / "review.sh").read_text(encoding="utf-8")
    pattern = re.search(r'^override="(.*)"$', review, re.MULTILINE)
    assert pattern is not None
    options = pattern[1].replace("$name", "[a-z/]+").replace("\\\\", "\\").replace("\\$", "$")
    lines = {
        "--retire": "--retire",
        "--allow-updates": "--allow-updates a/b=3%",
        "--allow-deletes": "--allow-deletes a=3%",
    }
    everything = (*IN_FILE, "--theirs", "--allow-behind", "--allow-absent", "--destroy", "--no-base")
    taken = {option for option in everything if re.search(options, lines.get(option, f"{option} a/b"))}
    assert taken == {*IN_FILE}
