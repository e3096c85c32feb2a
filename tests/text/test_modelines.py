"""Modelines: every document of a file that uses them has one, where the YAML language server looks for it."""

from __future__ import annotations

import pytest

from rhythmconf.catalog import OPAQUE
from rhythmconf.errors import DocumentError
from rhythmconf.text import scribe, yaml12

LINE = "# yaml-language-server: $schema=../a.json\n"
OTHER = "# yaml-language-server: $schema=../b.json"


def formatted(text: str) -> str:
    documents = yaml12.load_all(text, file="a.yaml")
    return scribe.reformat(text, [OPAQUE] * len(documents), file="a.yaml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{LINE}# Head.\na: 1\n---\n# About b.\nb: 1\n", f"{LINE}# Head.\na: 1\n---\n{LINE}# About b.\nb: 1\n"),
        (f"{LINE}a: 1\n---\n\nb: 1\n---\nc: 1\n", f"{LINE}a: 1\n---\n{LINE}\nb: 1\n---\n{LINE}c: 1\n"),
        (f"a: 1\n---\n{LINE}b: 1\n", f"{LINE}a: 1\n---\n{LINE}b: 1\n"),
        (f"---\na: 1\n---\n{LINE}b: 1\n", f"---\n{LINE}a: 1\n---\n{LINE}b: 1\n"),
        (f"{LINE}a: 1\n---\n{OTHER}\nb: 1\n---\nc: 1\n", f"{LINE}a: 1\n---\n{OTHER}\nb: 1\n---\n{OTHER}\nc: 1\n"),
        (f"{LINE}a: 1\n# End.\n--- # Next.\nb: 1\n", f"{LINE}a: 1\n# End.\n--- # Next.\n{LINE}b: 1\n"),
        (f"{LINE}a: 1\n{LINE}---\nb: 1\n", f"{LINE}a: 1\n{LINE}---\n{LINE}b: 1\n"),
        (f"{LINE}a: |\n  x\n...\n---\nb: 1\n", f"{LINE}a: |\n  x\n...\n---\n{LINE}b: 1\n"),
        (f"{LINE}a: 1\n---\nb: 1".replace("\n", "\r\n"), f"{LINE}a: 1\n---\n{LINE}b: 1".replace("\n", "\r\n")),
        (f"\ufeff{LINE}a: 1\n---\nb: 1\n", f"\ufeff{LINE}a: 1\n---\n{LINE}b: 1\n"),
    ],
)
def test_a_modeline_is_repeated_in_every_document(before: str, after: str) -> None:
    assert formatted(before) == after
    assert formatted(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "# Head.\na: 1\n---\nb: 1\n",
        f"a: |\n  {LINE}---\nb: 1\n",
        f"---\n{LINE}a: 1\n---\n# Nothing.\n---\n",
        f"---\n# Head.\n\n{LINE}a: 1\n",
        f"{LINE}a: 1\n--- {OTHER}\nb: 1\n",
        f"{LINE}a: 1\n--- {{b: 1}}\n",
    ],
    ids=["none", "a text", "empty documents", "below a comment", "behind the dashes", "no line for it"],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert formatted(text) == text


def test_a_text_with_an_error_is_refused_as_before() -> None:
    with pytest.raises(DocumentError):
        formatted(f"{LINE}a: 1\n---\n- [\n")
