"""`explain` and docs/rules.md know every code that any room can issue."""

from __future__ import annotations

import re
from pathlib import Path

from rhythmconf.cli import rules

ROOT = Path(__file__).parent.parent
CODE = re.compile(r'"(RC\d{3})"')


def issued() -> set[str]:
    """The codes that stand in the sources, the table of explanations aside."""
    files = [path for path in (ROOT / "rhythmconf").rglob("*.py") if path.name != "rules.py"]
    return {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_that_is_issued_is_explained_and_no_other() -> None:
    assert set(rules.rules()) == issued() == set(rules.TEXTS)


def test_the_page_is_what_explain_says() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == rules.reference(), "run scripts/rules"


def test_every_explanation_is_a_sentence_or_more() -> None:
    for rule in rules.rules().values():
        assert rule.title
        assert not rule.title.endswith(".")
        assert rule.text.endswith(".")
        assert len(rule.text) > 40, rule.code
