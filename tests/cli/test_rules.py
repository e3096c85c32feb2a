"""`explain` and docs/rules.md know every code that any room can issue."""

from __future__ import annotations

import re
from pathlib import Path

from rhythmconf.cli import rules

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"(RC\d{3})"')


def issued() -> set[str]:
    """The codes that stand in the sources: each as a constant of a module `codes`, and nowhere else."""
    found: list[str] = []
    for path in (ROOT / "rhythmconf").rglob("*.py"):
        literals = CODE.findall(path.read_text(encoding="utf-8"))
        assert not literals or path.name == "codes.py", f"{path} has a code that is no constant"
        found += literals
    assert len(found) == len(set(found)), "a code is defined twice"
    return set(found)


def test_every_code_that_is_issued_is_explained_and_no_other() -> None:
    assert set(rules.codes()) == issued()


def test_the_page_is_what_explain_says() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == rules.reference(), "run scripts/rules"


def test_every_explanation_is_a_sentence_or_more() -> None:
    for code in rules.codes().values():
        assert code.headline
        assert not code.headline.endswith(".")
        for text in (code.what, code.why, code.fix):
            assert not text or text.endswith((".", "?", "`"))
        assert len(code.what + code.fix) > 40, code
