"""`explain` and docs/rules.md know every code that any package can issue."""

from __future__ import annotations

import re
from pathlib import Path

from rhythmconf.cli import code_reference

ROOT = Path(__file__).parents[2]
LITERAL = re.compile(r'"(RC\d{3})"')
CONSTANT = re.compile(r'^[A-Z_0-9]+ = (?:Code|Rule)\(\s*"(RC\d{3})"', re.MULTILINE)


def issued() -> set[str]:
    """Return the codes in the sources: constants of modules named `codes` and of lint rules."""
    found: list[str] = []
    for path in (ROOT / "rhythmconf").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        literals = LITERAL.findall(text)
        assert literals == CONSTANT.findall(text), f"{path} has a code that is no constant"
        assert not literals or path.name == "codes.py" or path.parent.name == "lint", f"move the codes of {path}"
        found += literals
    assert len(found) == len(set(found)), "a code is defined twice"
    return set(found)


def test_every_code_that_is_issued_is_explained_and_no_other() -> None:
    assert set(code_reference.codes()) == issued()


def test_the_page_is_what_explain_says() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == code_reference.reference(), "run scripts/reference"


def test_every_explanation_is_a_sentence_or_more() -> None:
    for code in code_reference.codes().values():
        assert code.headline
        assert not code.headline.endswith(".")
        for text in (code.what, code.why, code.fix):
            assert not text or text.endswith((".", "?", "`"))
        assert len(code.what + code.fix) > 40, code
