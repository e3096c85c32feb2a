"""Lint warns about files that are valid but probably not meant that way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rhythmconf.insight.lint import Bodies, Subject, judge, lint
from rhythmconf.model import Binding, Diagnostic, Fix, Key, Location
from rhythmconf.settings import CalendarSettings
from rhythmconf.source import desired, documents
from tests.support.catalogs import SCHOOL, Schema, make_catalog

TODAY = date(2026, 12, 1)
KNOTS = "kind: course\nkey: knots\nspec: {name: Knots}\n"
KNOTS_30 = KNOTS.replace("knots", "knots-30")


def linted(
    base: str, over: str = "", bindings: tuple[str, ...] = (), schemas: Sequence[Schema] = SCHOOL
) -> list[Diagnostic]:
    """Return the warnings for a base file, an overlay file and the bindings of the environment sandbox."""
    texts = {"config/a.yaml": base.encode()}
    overlays = {"overlays/sandbox/a.yaml": over.encode()}
    keys = [name.partition("/")[::2] for name in bindings]
    lines = "".join(
        f"{kind}: {{{', '.join(f'{key}: x' for other, key in keys if other == kind)}}}\n"
        for kind in dict.fromkeys(kind for kind, _ in keys)
    )
    bound = {Key.parse(f"school/{name}"): Binding(Key.parse(f"school/{name}"), "x") for name in bindings}
    with TemporaryDirectory() as folder:
        resolved = desired.resolve(
            documents.load(texts),
            documents.load(overlays),
            catalog=make_catalog(Path(folder), *schemas),
            environment="sandbox",
            bindings=bound,
            texts={**texts, **overlays, "bindings/sandbox.yaml": lines.encode()},
        )
    bodies = {key: resource.body for key, resource in resolved.state.resources.items()}
    judged = Bodies(bodies, resolved.names.catalog, TODAY, CalendarSettings())
    return lint(Subject(resolved, bound, ["config", "more"]), judge(judged))


def test_a_binding_similar_to_the_key_of_an_unbound_document_is_a_warning() -> None:
    [warning] = linted(KNOTS, bindings=("course/knotz",))
    assert (warning.code, warning.severity) == ("RC217", "warning")
    assert warning.message == "no document declares course 'knotz', and no reference names it"
    assert (warning.help, warning.fix) == ("did you mean 'knots'?", Fix("knots", safe=False))
    assert (warning.location, warning.pointer) == (("bindings/sandbox.yaml", 1, 10), "/course/knotz")


def test_bindings_of_bound_or_numbered_keys_are_unused_but_not_misspelt() -> None:
    for base, bindings in ((KNOTS, ("course/knotz", "course/knots")), (KNOTS_30, ("course/knots-60",))):
        [warning] = linted(base, bindings=bindings)
        assert (warning.code, warning.severity, warning.fix) == ("RC226", "warning", None)
        assert str(warning.location).startswith("bindings/sandbox.yaml:1:")
        assert warning.pointer == f"/{bindings[0]}"


def test_bindings_of_moved_keys_cause_no_warning() -> None:
    assert linted(KNOTS.replace("spec", "moved: [knotz]\nspec"), bindings=("course/knotz",)) == []


def test_a_binding_that_nothing_names_causes_a_warning() -> None:
    [warning] = linted(KNOTS, bindings=("course/sails", "course/knots"))
    assert (warning.code, warning.severity) == ("RC226", "warning")
    assert warning.message == "no document declares course 'sails', and no reference names it"
    assert "remove the line" in warning.help
    assert (warning.location, warning.pointer) == (("bindings/sandbox.yaml", 1, 10), "/course/sails")


def test_a_binding_of_another_kind_or_module_that_nothing_names_causes_a_warning() -> None:
    assert [warning.pointer for warning in linted(KNOTS, bindings=("teacher/ada", "course/knots"))] == ["/teacher/ada"]


def test_a_binding_of_a_skipped_document_causes_no_warning() -> None:
    assert linted(KNOTS, "kind: course\nkey: knots\nskip: true\n", bindings=("course/knots",)) == []


def test_errors_suppress_the_warning_about_unused_bindings() -> None:
    assert linted(f"{KNOTS}---\nkind: [\n", bindings=("course/sails",)) == []


def test_a_binding_named_by_a_reference_causes_no_warning() -> None:
    later = "kind: course\nkey: ropes\nspec: {name: Ropes, after_ids: [knotz]}\n"
    assert linted(f"{KNOTS}---\n{later}", bindings=("course/knotz",)) == []


def test_an_overlay_similar_to_the_key_of_a_base_document_is_a_warning() -> None:
    [warning] = linted(KNOTS, KNOTS.replace("knots", "knotz"))
    assert (warning.code, warning.severity) == ("RC224", "warning")
    assert warning.message == "this overlay has no base document: school/course/knotz is a record of sandbox alone"
    assert (warning.help, warning.fix) == ("did you mean 'knots'?", Fix("knots", safe=False))
    assert (warning.location, warning.pointer) == (("overlays/sandbox/a.yaml", 2, 6), "/key")


def test_an_overlay_of_another_key_causes_no_warning() -> None:
    assert linted(KNOTS, KNOTS) == []
    assert linted(KNOTS, KNOTS.replace("knots", "sails")) == []
    assert linted(KNOTS_30, KNOTS_30.replace("30", "60")) == []


def test_a_project_without_documents_causes_a_warning() -> None:
    [warning] = linted("")
    assert (warning.code, warning.severity, warning.location) == ("RC230", "warning", None)
    assert warning.message == "there is no document below config, more"


def test_errors_suppress_the_warning_about_missing_documents() -> None:
    assert linted("kind: [\n") == []


NAMED = [{**schema, "x-resource": {**schema["x-resource"], "natural_key": ["name"]}} for schema in SCHOOL]
"""The same kinds, in which the name identifies a record."""
ROPES = "kind: course\nkey: ropes\nspec: {name: Ropes, seats: 2}\n"


def test_two_documents_that_look_the_same_are_a_warning() -> None:
    for written, shown in (
        ('"Knots "', r"\u0020"),
        ("KNOTS", "KNOTS"),
        ('"\\uff2bnots"', r"\uff2bnots"),
        ('"Kn\\u200bots"', r"\u200b"),
    ):
        [warning] = linted(f"{KNOTS}---\n{ROPES.replace('Ropes', written)}", schemas=NAMED)
        assert (warning.code, warning.severity, warning.key) == ("RC232", "warning", Key("school/course", "ropes"))
        assert (warning.location, warning.pointer) == (("config/a.yaml", 7, 14), "/spec/name")
        assert warning.message.startswith("course/ropes looks like course/knots (config/a.yaml:3): name is ")
        assert shown in warning.message


def test_two_documents_with_one_name_are_a_warning() -> None:
    [warning] = linted(f"{KNOTS}---\n{ROPES.replace('Ropes', 'Knots')}", schemas=NAMED)
    assert warning.message == "course/ropes has the same name as course/knots (config/a.yaml:3)"


def test_a_name_that_an_overlay_makes_equal_is_located_there() -> None:
    [warning] = linted(f"{KNOTS}---\n{ROPES}", "kind: course\nkey: ropes\nspec: {name: knots}\n", schemas=NAMED)
    assert (warning.code, warning.location) == ("RC232", ("overlays/sandbox/a.yaml", 3, 14))


def test_documents_of_two_kinds_may_have_one_name() -> None:
    assert linted(f"{KNOTS}---\nkind: exam\nkey: knots\nspec: {{name: Knots}}\n", schemas=NAMED) == []


def test_two_keys_that_differ_in_separators_are_a_warning() -> None:
    for other in ("knots.30", "knots_30", "knots--30"):
        text = f"{KNOTS_30}---\n{ROPES.replace('key: ropes', f'key: {other}')}"
        [warning] = linted(text)
        assert (warning.code, warning.severity) == ("RC233", "warning")
        assert warning.message == f"the key '{other}' looks like 'knots-30' (config/a.yaml:2)"
        assert (warning.location, warning.pointer) == (("config/a.yaml", 6, 6), "/key")
    assert linted(f"{KNOTS_30}---\n{ROPES.replace('key: ropes', 'key: knots-3-0')}") == []


def test_a_binding_or_an_overlay_that_differs_in_separators_only_is_misspelt() -> None:
    [binding] = linted(KNOTS_30, bindings=("course/knots.30",))
    assert (binding.code, binding.fix) == ("RC217", Fix("knots-30", safe=False))
    [overlay] = linted(KNOTS_30, ROPES.replace("key: ropes", "key: knots_30"))
    assert (overlay.code, overlay.fix) == ("RC224", Fix("knots-30", safe=False))


def linted_paths(*paths: str) -> list[Diagnostic]:
    """Return the warnings for documents in files of these names."""
    texts = {path: KNOTS.replace("knots", f"k{number}").encode() for number, path in enumerate(paths)}
    with TemporaryDirectory() as folder:
        resolved = desired.resolve(
            documents.load(texts),
            documents.load({}),
            catalog=make_catalog(Path(folder), *SCHOOL),
            environment="sandbox",
            bindings={},
            texts=texts,
        )
    return lint(Subject(resolved, {}, ["config"]), [])


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("config/Lapsed.yaml", "config/lapsed.yaml", "upper and lower case"),
        ("config/Mails/a.yaml", "config/mails/a.yaml", "upper and lower case"),
        ("config/caf\u00e9.yaml", "config/cafe\u0301.yaml", "the Unicode form"),
        ("config/stra\u00dfe.yaml", "config/strasse.yaml", "the Unicode form"),
        ("config/\u00c9.yaml", "config/\u00e9.yaml", "upper and lower case"),
        ("config/\u1e9e.yaml", "config/SS.yaml", "the Unicode form"),
    ],
)
def test_file_names_that_are_one_on_other_computers_cause_a_warning(one: str, other: str, how: str) -> None:
    first, second = sorted((one, other))
    [warning] = linted_paths(one, other, "config/b.yaml")
    assert (warning.code, warning.severity, warning.location) == ("RC134", "warning", Location(second))
    assert first in warning.message
    assert how in warning.message


def test_three_of_one_name_are_two_warnings_and_other_names_none() -> None:
    assert len(linted_paths("a/x.yaml", "a/X.yaml", "A/x.yaml")) == 2
    assert linted_paths("a/x.yaml", "b/x.yaml", "a/x.yml", "a/\u0131.yaml", "a/i.yaml") == []


LESSONS = """\
kind: course
key: ropes
spec:
  name: Ropes
  lessons:
    - name: Bowline
      by: id:t1
    - name: Reef
      by: id:t1
    - name: {name}
      by: id:t2
"""


def test_two_items_of_one_name_are_a_warning() -> None:
    [warning] = linted(LESSONS.format(name="Bowline"))
    assert (warning.code, warning.severity, warning.pointer) == ("RC234", "warning", "/spec/lessons/2/name")
    assert warning.location == ("config/a.yaml", 10, 13)
    assert warning.message == "school/course/ropes: this item has the same name as the item in line 6: 'Bowline'"


def test_two_items_that_look_the_same_are_a_warning() -> None:
    for name, shown in (("bowline", "bowline"), ('"Bowline "', r"\u0020"), ('"Bow\\u200bline"', r"\u200b")):
        [warning] = linted(LESSONS.format(name=name))
        assert warning.code == "RC234"
        assert shown in warning.message
    assert linted(LESSONS.format(name="Bowline 2")) == []


def test_while_errors_may_hide_documents_no_key_looks_misspelt() -> None:
    """The document of the binding, or under the overlay, may be the one with the error."""
    hidden = KNOTS.replace("key: knots", "kye: knotz") + "---\n" + KNOTS
    assert [one.code for one in linted(hidden, bindings=("course/knotz",))] == []
    assert [one.code for one in linted(hidden, KNOTS.replace("knots", "knotz"))] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Knots ", "Knots\\u0020"),
        (" Knots", "\\u0020Knots"),
        ("Knots\u00a0", "Knots\\u00a0"),
        ("Knots\u3000and", "Knots\\u3000and"),
        ("Two  blanks", "Two\\u0020\\u0020blanks"),
        ("Kn\u200bots", "Kn\\u200bots"),
        ("Kn\u00adots", "Kn\\u00adots"),
        ("Knots\ufe0f", "Knots\\ufe0f"),
        ("\u202aKnots\u202c", "\\u202aKnots\\u202c"),
        ("Knots\t", "Knots\\u0009"),
    ],
)
def test_a_name_with_what_cannot_be_seen_is_a_warning(name: str, shown: str) -> None:
    [warning] = linted(f"kind: course\nkey: knots\nspec: {{name: {json.dumps(name)}}}\n", schemas=NAMED)
    assert (warning.code, warning.severity, warning.pointer) == ("RC237", "warning", "/spec/name")
    assert warning.message == f'course/knots has a name with characters that can\'t be seen: "{shown}"'
    assert warning.location == ("config/a.yaml", 3, 14)


@pytest.mark.parametrize(
    "name", ["Knots", "\u00c4rzte & Co.", "Knots (30 days)", "Cafe\u0301", "\u05e9\u05dd", "\ud83d\ude00", "a - b"]
)
def test_an_ordinary_name_is_no_warning(name: str) -> None:
    assert linted(f"kind: course\nkey: knots\nspec: {{name: {json.dumps(name)}}}\n", schemas=NAMED) == []


@pytest.mark.parametrize(
    "pair",
    [
        "\u201c\u201d",
        "\u2018\u2019",
        "\u201e\u201c",
        "\u201e\u201d",
        "\u00ab\u00bb",
        "\u00bb\u00ab",
        "\u201a\u2018",
        "\u2039\u203a",
        '\u201c"',
    ],
)
def test_a_value_in_typographic_quotes_is_a_warning(pair: str) -> None:
    [warning] = linted(f"kind: course\nkey: knots\nspec:\n  name: {pair[0]}Knots{pair[1]}\n")
    assert (warning.code, warning.severity, warning.pointer) == ("RC238", "warning", "/spec/name")
    assert warning.message == f"course/knots name: the quotes {pair[0]} and {pair[1]} are a part of the value"
    assert warning.help == "YAML reads only \" and ' as quotes; write Knots"
    assert warning.location == ("config/a.yaml", 4, 9)


def test_a_value_that_needs_quotes_is_advised_with_straight_ones() -> None:
    [warning] = linted("kind: course\nkey: knots\nspec: {name: \u201ctrue\u201d}\n")
    assert warning.help.endswith('write "true"')


@pytest.mark.parametrize(
    "name",
    [
        "\u201cKnots\u201d and \u201csails\u201d",
        "The \u201cknots\u201d",
        "\u2019",
        "Rock \u2019n\u2019 roll",
        "\u201cKnots",
        '"Knots"',
    ],
)
def test_quotes_inside_a_value_are_no_warning(name: str) -> None:
    assert linted(f"kind: course\nkey: knots\nspec: {{name: {name}}}\n") == []


def test_a_name_that_looks_like_another_one_has_one_finding() -> None:
    look, unseen = linted(f"{KNOTS.replace('Knots', 'Knots' + chr(0xA0))}---\n{KNOTS_30}", schemas=NAMED)
    assert (unseen.code, unseen.location, look.code) == ("RC237", ("config/a.yaml", 3, 14), "RC232")
    [look] = linted(f"{KNOTS}---\n{KNOTS_30.replace('Knots', 'Knots' + chr(0xA0))}", schemas=NAMED)
    assert look.code == "RC232"


@pytest.mark.parametrize(
    ("written", "value", "comment", "column"),
    [
        ("Knots #1", "Knots", "#1", 15),
        ("Knots   #12 and more", "Knots", "#12 and more", 17),
        ("Knots #2 # the second", "Knots", "#2 # the second", 15),
        ("\u00c4rzte #3", "\u00c4rzte", "#3", 15),
    ],
)
def test_a_value_that_ends_at_a_number_sign_is_a_warning(written: str, value: str, comment: str, column: int) -> None:
    [warning] = linted(f"kind: course\nkey: knots\nspec:\n  name: {written}\n")
    assert (warning.code, warning.severity, warning.location) == ("RC239", "warning", ("config/a.yaml", 4, column))
    assert warning.message == f"the value ends at '{value}': '{comment}' is a comment"


@pytest.mark.parametrize(
    "written",
    [
        "'Knots #1'",
        '"Knots #1"',
        "Knots#1",
        "Knots # 1",
        "Knots #one",
        "|\n    Knots #1",
        ">\n    color: #123456",
        "'Knots' #1",
    ],
)
def test_other_number_signs_are_no_warning(written: str) -> None:
    assert linted(f"# Level #1\nkind: course\nkey: knots\nspec:\n  # Level #1\n  name: {written}\n") == []
