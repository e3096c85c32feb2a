"""The desired state: documents, overlays and bindings are resolved to resources and diagnostics."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog
from rhythmconf.model import Binding, Body, Diagnostic, Fix, Json, Key
from rhythmconf.source import desired, documents
from rhythmconf.source.desired import Desired
from rhythmconf.source.desired.overlays import merge
from tests.support.catalogs import SCHOOL, make_catalog, make_schema

RULES = make_schema(
    "school/rules",
    {
        "one": {"const": "yes"},
        "mode": {"enum": ["slow", "fast"]},
        "pair": {"enum": [["a", "b"], "both"]},
        "code": {"type": "string", "pattern": "^[A-Z]+$", "minLength": 2},
        "step": {"type": "number", "multipleOf": 5, "maximum": 20},
        "page": {"type": "string", "format": "uri"},
        "size": {"anyOf": [{"type": "number", "minimum": 3}, {"type": "boolean"}]},
        "deep": {"type": "object", "properties": {"sort": {"const": "x"}}, "required": ["sort"]},
        "many": {"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1},
    },
    required=["mode"],
)


def _school() -> Catalog:
    with TemporaryDirectory() as folder:
        resolved = make_catalog(Path(folder), *SCHOOL, RULES)
        assert all(kind.root for kind in resolved.kinds.values())
        return resolved


CATALOG = _school()
ADA = "kind: teacher\nkey: ada\nspec: {name: Ada}\n"


@dataclass
class Project:
    """The files of a project: `base` in `config/`, `over` in `overlays/sandbox/`, each under the stem of its name."""

    base: Mapping[str, str]
    over: Mapping[str, str] = field(default_factory=dict)
    bindings: tuple[str, ...] = ()

    def resolve(self) -> Desired:
        base = {f"config/{name}.yaml": text.encode() for name, text in self.base.items()}
        over = {f"overlays/sandbox/{name}.yaml": text.encode() for name, text in self.over.items()}
        keys = [Key.parse(name) for name in self.bindings]
        texts: dict[str, bytes | None] = {**base, **over, "config/note.txt": b"A long text\r\n"}
        return desired.resolve(
            documents.insert_text_files(documents.load(base), texts),
            documents.insert_text_files(documents.load(over), texts),
            catalog=CATALOG,
            environment="sandbox",
            bindings={key: Binding(key, "x") for key in keys},
            texts={**base, **over},
        )


def course(spec: str = "", *, key: str = "knots", more: str = "") -> str:
    """Return the text of a course: `spec` has additional lines of its spec, `more` additional members."""
    lines = ["name: Knots", *spec.splitlines()]
    return f"kind: course\nkey: {key}\n{more}spec:\n" + "".join(f"  {line}\n" for line in lines)


def overlay(spec: str, *, key: str = "key: knots", more: str = "") -> str:
    return f"kind: course\n{key}\n{more}spec: {{{spec}}}\n"


def only(resolved: Desired) -> Diagnostic:
    [diagnostic] = resolved.diagnostics
    return diagnostic


def body(resolved: Desired, name: str = "course/knots") -> Body:
    assert resolved.diagnostics == ()
    return resolved.state.resources[Key.parse(f"school/{name}")].body


# --- merging


def test_one_document_becomes_one_resource() -> None:
    resolved = Project({"a": course("level: on\nseats: 3", more="protect: true\nmoved: [rope]\n"), "b": ADA}).resolve()
    assert body(resolved) == {"name": "Knots", "level": "on", "seats": 3}
    assert list(resolved.state.resources) == [Key("school/course", "knots"), Key("school/teacher", "ada")]
    resource = resolved.state.resources[Key("school/course", "knots")]
    assert (resource.origins, resource.protect, resource.moved) == ((("config/a.yaml", 0),), True, ("rope",))


def test_an_overlay_overrides_single_fields_and_keeps_null() -> None:
    base = course("fee: {amount: 3, account: id:7}\ntags: [a, b]\nlevel: first", more="protect: true\n")
    over = overlay("fee: {amount: 4}, tags: [c], level: null", more="protect: false\n")
    resolved = Project({"a": base}, {"a": over.replace("id:7", "x")}).resolve()
    [resource] = resolved.state.resources.values()
    assert resource.body == {"name": "Knots", "fee": {"amount": 4, "account": "7"}, "tags": ["c"], "level": None}
    assert [origin.file for origin in resource.origins] == ["config/a.yaml", "overlays/sandbox/a.yaml"]
    assert resource.protect is False


def test_match_changes_every_document_of_a_kind_and_a_keyed_overlay_overrides_it() -> None:
    resolved = Project(
        {"a": course("open: true"), "b": course("open: true", key="ropes"), "c": ADA},
        {
            "all": overlay("open: false, seats: 1", key="match: '*'"),
            "one": overlay("open: true"),
            "new": overlay("name: New", key="key: new"),
        },
    ).resolve()
    assert body(resolved) == {"name": "Knots", "open": True, "seats": 1}
    assert body(resolved, "course/ropes") == {"name": "Knots", "open": False, "seats": 1}
    assert body(resolved, "course/new") == {"name": "New", "open": False, "seats": 1}
    assert body(resolved, "teacher/ada") == {"name": "Ada"}


def test_skip_excludes_a_document_and_records_it() -> None:
    resolved = Project({"a": course(), "b": course(key="ropes")}, {"a": overlay("", more="skip: true\n")}).resolve()
    assert list(resolved.state.resources) == [Key("school/course", "ropes")]
    assert resolved.state.skipped == {Key("school/course", "knots")}


def test_a_skipped_document_is_not_validated() -> None:
    resolved = Project({"a": course("levle: x", more="skip: true\n")}).resolve()
    assert resolved.diagnostics == ()


def test_every_document_of_a_kind_can_be_skipped() -> None:
    resolved = Project({"a": course(), "b": ADA}, {"a": "kind: course\nmatch: '*'\nskip: true\n"}).resolve()
    assert list(resolved.state.resources) == [Key("school/teacher", "ada")]


def test_unmanaged_removes_the_field() -> None:
    lessons = "lessons: [{name: One, by: ada, id: 1}]\nfee: {amount: 3}\nteacher_id: nobody"
    pointers = "unmanaged: [/fee/amount, /lessons/0/id, /name, /teacher_id]\n"
    resolved = Project({"a": course(lessons), "b": ADA}, {"a": overlay("", more=pointers)}).resolve()
    assert body(resolved) == {"fee": {}, "lessons": [{"name": "One", "by": {"$ref": "school/teacher/ada"}}]}


def test_unmanaged_may_name_a_removed_field() -> None:
    over = {"a": overlay("", more="unmanaged: [/fee, /fee/amount]\n")}
    assert body(Project({"a": course("fee: {amount: 3}")}, over).resolve()) == {"name": "Knots"}


def test_unmanaged_without_a_match_is_a_warning() -> None:
    diagnostic = only(Project({"a": course("seats: 3")}, {"a": overlay("", more="unmanaged: [/seat]\n")}).resolve())
    assert (diagnostic.severity, diagnostic.code, diagnostic.help) == ("warning", "RC220", "did you mean 'seats'?")
    assert diagnostic.location == ("overlays/sandbox/a.yaml", 3, 13)


def test_unmanaged_with_match_needs_the_field_in_no_document() -> None:
    over = overlay("", key="match: '*'", more="unmanaged: [/seats]\n")
    resolved = Project({"a": course("seats: 3"), "b": course(key="ropes")}, {"a": over}).resolve()
    assert body(resolved) == {"name": "Knots"}


def test_unmanaged_with_match_and_the_field_in_no_document_is_one_warning() -> None:
    over = overlay("", key="match: '*'", more="unmanaged: [/open, /seat]\n")
    base = {"a": course("open: true"), "b": course("seats: 1", key="ropes"), "c": course("seats: 1", key="sails")}
    diagnostic = only(Project(base, {"a": over}).resolve())
    assert (diagnostic.severity, diagnostic.code, diagnostic.key) == ("warning", "RC220", None)
    assert diagnostic.message == "'/seat' names no field that any course declares"
    assert diagnostic.location == ("overlays/sandbox/a.yaml", 3, 20)


@pytest.mark.parametrize("more", ["", "skip: true\n", "protect: true\n", "unmanaged: [/seats]\n"])
def test_match_of_a_kind_without_documents_is_a_warning(more: str) -> None:
    over = {"a": overlay("open: false", key="match: '*'", more=more), "b": "kind: teacher\nmatch: '*'\nskip: true\n"}
    diagnostic = only(Project({"a": ADA}, over).resolve())
    assert (diagnostic.severity, diagnostic.code) == ("warning", "RC225")
    assert diagnostic.message == "this overlay is for every course, but there is no document of this kind"
    assert (diagnostic.location, diagnostic.pointer) == (("overlays/sandbox/a.yaml", 2, 8), "/match")


def test_match_reaches_documents_of_one_environment_and_skipped_ones() -> None:
    every = overlay("open: false", key="match: '*'")
    assert Project({}, {"a": every, "b": course()}).resolve().diagnostics == ()
    assert (
        Project({"a": course()}, {"a": every, "b": "kind: course\nkey: knots\nskip: true\n"}).resolve().diagnostics
        == ()
    )


def test_match_of_a_kind_whose_documents_have_errors_is_no_second_diagnostic() -> None:
    diagnostic = only(
        Project({"a": course().replace("course", "cours")}, {"a": overlay("", key="match: '*'")}).resolve()
    )
    assert diagnostic.code == "RC201"


def test_unmanaged_cannot_name_an_item_of_a_list() -> None:
    diagnostic = only(Project({"a": course("tags: [a]")}, {"a": overlay("", more="unmanaged: [/tags/0]\n")}).resolve())
    assert (diagnostic.severity, diagnostic.code) == ("error", "RC221")
    assert diagnostic.help == "name the list: /tags"


@pytest.mark.parametrize("extra", ["", "---\n"])
def test_two_documents_with_one_key_name_both_locations(extra: str) -> None:
    resolved = Project({"a": course(), "b": f"{ADA}---\n{extra}{course()}"}).resolve()
    diagnostic = only(resolved)
    assert diagnostic.code == "RC202"
    assert "config/a.yaml:2:6" in diagnostic.message
    assert diagnostic.location == ("config/b.yaml", 6 + len(extra.splitlines()), 6)
    assert Key("school/course", "knots") in resolved.state.resources


def test_two_overlays_with_one_key_or_two_for_all_are_an_error() -> None:
    over = {"a": overlay("seats: 1"), "b": overlay("seats: 2")}
    every = {"c": overlay("open: true", key="match: '*'"), "d": overlay("open: false", key="match: '*'")}
    first, second = Project({"a": course()}, {**over, **every}).resolve().diagnostics
    assert first.message == "course/knots is also declared at overlays/sandbox/a.yaml:2:6"
    assert "every course is" in second.message
    assert second.location == ("overlays/sandbox/d.yaml", 2, 8)


def test_match_in_a_base_document_is_an_error() -> None:
    diagnostic = only(Project({"a": overlay("open: false", key="match: '*'")}).resolve())
    assert (diagnostic.code, diagnostic.location) == ("RC222", ("config/a.yaml", 2, 1))


@pytest.mark.parametrize("more", ["skip: true\n", "unmanaged: [/seats]\n", "protect: true\n"])
def test_an_overlay_without_a_base_document_is_reported(more: str) -> None:
    diagnostic = only(Project({"a": course()}, {"a": f"kind: course\nkey: knotz\n{more}"}).resolve())
    assert (diagnostic.code, diagnostic.help) == ("RC223", "did you mean 'knots'?")


def test_an_overlay_without_base_lacks_required_fields() -> None:
    diagnostic = only(Project({"a": course()}, {"a": overlay("seats: 3", key="key: knotz")}).resolve())
    assert diagnostic.message == "name is missing"
    assert diagnostic.help == "no base document has the key 'knotz'; did you mean 'knots'?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abc", max_size=1), below, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.text("abc", max_size=1), JSON, max_size=3)


@given(BODIES, BODIES)
def test_merge_keeps_unnamed_members_and_overrides_named_ones(one: Body, other: Body) -> None:
    before = copy.deepcopy((one, other))
    resolved = merge(one, other)
    assert (one, other) == before
    assert merge(resolved, other) == resolved
    assert resolved.keys() == one.keys() | other.keys()
    for name in other:
        both = isinstance(one.get(name), dict) and isinstance(other[name], dict)
        assert both or resolved[name] == other[name]


# --- validation


@pytest.mark.parametrize(
    ("spec", "code", "message", "help", "position"),
    [
        ("levle: on", "RC203", "course has no field 'levle'", "did you mean 'level'?", (5, 3)),
        ("xyz: on", "RC203", "course has no field 'xyz'", "fields: name, level, seats", (5, 3)),
        ("id: '7'", "RC204", "id: the tenant sets this field, so it can't be declared", "remove it", (5, 3)),
        ("level: secnd", "RC206", "level: 'secnd' is not one of first, second, on", "did you mean 'second'?", (5, 10)),
        ("level: 3", "RC206", "level: 3 is not one of first, second, on", "", (5, 10)),
        ("open: yes", "RC207", "open: 'yes' is not true or false", "write true or false without quotes", (5, 9)),
        ("seats: '3'", "RC207", "seats: '3' is not a number", "write it without quotes: 3", (5, 10)),
        (
            "seats: 030",
            "RC207",
            "seats: '030' is not a number",
            "write it without quotes and leading zeros: 30",
            (5, 10),
        ),
        ("seats: '0'", "RC207", "seats: '0' is not a number", "write it without quotes: 0", (5, 10)),
        ("l\u0435v\u0435l: on", "RC203", r"course has no field 'l\u0435v\u0435l'", "did you mean 'level'?", (5, 3)),
        ("l\u0435\u0475\u0435l: on", "RC203", "course has no field", "fields: name, level", (5, 3)),
        ("level: f\u0456r\u0455t", "RC206", r"'f\u0456r\u0455t' is not one of", "did you mean 'first'?", (5, 10)),
        ("teacher_id: \u0430da", "RC208", r"teacher_id: '\u0430da' is not a key", "did you mean 'ada'?", (5, 15)),
        ("teacher_id: ada\u2013l", "RC208", r"'ada\u2013l' is not a key", "did you mean 'ada-l'?", (5, 15)),
        (
            "tags: \u2013 a",
            "RC207",
            "tags: '\u2013 a' is not a list",
            "a list item begins with a hyphen, `-`, and this",
            (5, 9),
        ),
        (
            "tags: \u2022a",
            "RC207",
            "tags: '\u2022a' is not a list",
            "a list item begins with a hyphen, `-`, and this",
            (5, 9),
        ),
        ("seats: [3]", "RC207", "seats: [3] is not a number", "write a number", (5, 10)),
        ("seats: three", "RC207", "seats: 'three' is not a number", "write it in digits, without quotes", (5, 10)),
        ("teacher_id: [ada]", "RC207", 'teacher_id: ["ada"] is not a text', "write one text", (5, 15)),
        ("open: 1", "RC207", "open: 1 is not true or false", "write true or false", (5, 9)),
        ("seats: 0", "RC208", "seats: 0 is less than 1", "", (5, 10)),
        ("tags: a", "RC207", "tags: 'a' is not a list", "write a list: [a]", (5, 9)),
        ("tags: 3", "RC207", "tags: 3 is not a list", "write a list: [3]", (5, 9)),
        ("tags: [a, 7]", "RC207", "tags[1]: 7 is not a text", "put it in quotes as it is", (5, 13)),
        ("tags: [a, b, a]", "RC208", "tags: 'a' is listed twice", "remove one of them", (5, 16)),
        ("fee: {}", "RC205", "fee: amount is missing", "add `amount:`", (5, 8)),
        ("fee: {amount: null}", "RC205", "amount may not be null: it is required", "give it a value", (5, 17)),
        ("fee: 3", "RC207", "fee: 3 is not a mapping", "write its fields below it, indented: amount, account", (5, 8)),
        ("fee: {amount: 1, acount: x}", "RC203", "fee has no field 'acount'", "did you mean 'account'?", (5, 20)),
        ("teacher_id: Ada L", "RC208", "teacher_id: 'Ada L' is not a key", "a key has lower case letters", (5, 15)),
        ("teacher_id: 3", "RC207", "teacher_id: 3 is not a text", "put it in quotes as it is", (5, 15)),
        (
            "restriction: include",
            "RC205",
            "allowed_ids is missing: it is required while restriction is 'include'",
            "add `allowed_ids:`",
            (5, 16),
        ),
        (
            "restriction: include\nallowed_ids: null",
            "RC205",
            "allowed_ids may not be null: it is required while restriction is 'include'",
            "give it a value",
            (6, 16),
        ),
        (
            "restriction: include\nallowed_ids: []",
            "RC208",
            "allowed_ids: needs at least 1 item: it is required while restriction is 'include'",
            "add an item",
            (6, 16),
        ),
        ("lessons: [{name: One}]", "RC205", "lessons[0]: by is missing", "add `by:` (Who gives the lesson)", (5, 13)),
        ("name:", "RC102", "", "", (5, 3)),
    ],
)
def test_each_schema_error_has_a_readable_message(
    spec: str, code: str, message: str, help: str, position: tuple[int, int]
) -> None:
    diagnostic = only(Project({"a": course(spec)}).resolve())
    assert (diagnostic.code, diagnostic.severity, diagnostic.location) == (code, "error", ("config/a.yaml", *position))
    assert message in diagnostic.message
    assert diagnostic.help.startswith(help)
    assert bool(diagnostic.help) == bool(help) or code == "RC102"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("mode: null", "mode may not be null: it is required"),
        ("mode: fast, one: no", "one: 'no' is not one of yes"),
        ("mode: fast, pair: bth", 'pair: \'bth\' is not one of ["a", "b"], both'),
        ("mode: fast, code: Ab", "code: 'Ab' doesn't match the pattern ^[A-Z]+$"),
        ("mode: fast, code: A", "code: 'A' has fewer than 2 characters"),
        ("mode: fast, step: 7", "step: 7 is not a multiple of 5"),
        ("mode: fast, step: 25", "step: 25 is more than 20"),
        ("mode: fast, deep: {sort: y}", "sort: 'y' is not 'x'"),
        ("mode: fast, size: 1", "size: 1 is less than 3"),
        ("mode: fast, many: {}", "many: {} should be non-empty"),
        ("mode: fast, page: a b", 'page: "a b" is not a "uri"'),
        (f"mode: fast, code: {'a' * 80}", f"code: '{'a' * 55}...' doesn't match the pattern"),
    ],
)
def test_every_schema_keyword_has_a_message(spec: str, message: str) -> None:
    diagnostic = only(Project({"a": f"kind: rules\nkey: all\nspec: {{{spec}}}\n"}).resolve())
    assert diagnostic.message.startswith(message)
    assert diagnostic.location is not None
    assert diagnostic.location.line == 3


def test_a_missing_field_is_located_at_the_spec() -> None:
    diagnostic = only(Project({"a": "kind: course\nkey: knots\nspec:\n  seats: 3\n"}).resolve())
    assert (diagnostic.code, diagnostic.message, diagnostic.pointer) == ("RC205", "name is missing", "/spec")
    assert diagnostic.location == ("config/a.yaml", 4, 3)
    assert diagnostic.key == Key("school/course", "knots")


def test_a_misspelt_field_is_not_reported_as_missing() -> None:
    diagnostic = only(Project({"a": "kind: course\nkey: knots\nspec:\n  nmae: Knots\n"}).resolve())
    assert (diagnostic.code, diagnostic.help) == ("RC203", "did you mean 'name'?")


def test_a_string_format_is_checked() -> None:
    diagnostic = only(Project({"a": ADA.replace("}", ", email: ada}")}).resolve())
    assert (diagnostic.code, diagnostic.message) == ("RC208", "email: 'ada' is not a valid email")


def test_an_unknown_kind_is_an_error() -> None:
    resolved = Project({"a": "kind: curse\nkey: a\nspec: {}\n", "b": "kind: estate/room\nkey: a\nspec: {}\n"}).resolve()
    first, second = resolved.diagnostics
    assert (first.code, first.message, first.help) == ("RC201", "there is no kind 'curse'", "did you mean 'course'?")
    assert first.location == ("config/a.yaml", 1, 7)
    assert second.help == "kinds: course, exam, rules, teacher"


def test_errors_of_all_files_are_sorted_by_location_behind_those_that_hide_keys() -> None:
    bad = course("level: x\nseats: 0\nteacher_id: bob\nopen: 1")
    resolved = Project({"b": bad, "a": "kind: nothing\nkey: x\nspec: {}\n---\n" + ADA, "c": "kind: [\n"}).resolve()
    assert [(str(one.location), one.code) for one in resolved.diagnostics] == [
        ("config/a.yaml:1:7", "RC201"),
        *((str(one.location), one.code) for one in resolved.diagnostics[1:-4]),
        ("config/b.yaml:5:10", "RC206"),
        ("config/b.yaml:6:10", "RC208"),
        ("config/b.yaml:7:15", "RC210"),
        ("config/b.yaml:8:9", "RC207"),
    ]
    assert {one.location.file for one in resolved.diagnostics[1:-4] if one.location} == {"config/c.yaml"}
    assert list(resolved.state.resources) == [Key("school/teacher", "ada")]


def test_an_error_is_located_in_the_file_that_causes_it() -> None:
    project = Project({"a": course("level: first\nfee: {amount: 3}")}, {"a": overlay("fee: {amount: x}, level: y")})
    places = [str(one.location) for one in project.resolve().diagnostics]
    assert places == ["overlays/sandbox/a.yaml:3:22", "overlays/sandbox/a.yaml:3:33"]


def test_an_error_of_an_overlay_with_match_is_reported_once() -> None:
    base = {name: course(key=name) for name in ("one", "two", "three")}
    diagnostic = only(Project(base, {"a": overlay("seats: 0, teacher_id: id:7", key="match: '*'")}).resolve())
    assert diagnostic.message == "seats: 0 is less than 1"


def test_an_error_in_an_included_text_is_located_at_its_member() -> None:
    text = "kind: course\nkey: knots\nfiles: {/name: note.txt, /level: note.txt}\nspec: {}\n"
    diagnostic = only(Project({"a": text}).resolve())
    assert (diagnostic.code, diagnostic.pointer) == ("RC206", "/files/~1level")
    assert diagnostic.location == ("config/a.yaml", 3, 34)


# --- references


def test_keys_become_references_without_changing_documents() -> None:
    text = course("teacher_id: ada\nafter_ids: [ropes, exam/final, school/course/knots]\nlessons: [{name: A, by: ada}]")
    base = {f"config/{n}.yaml": t.encode() for n, t in {"a": text, "b": ADA}.items()}
    loaded = documents.load(base)
    before = copy.deepcopy(loaded.documents)
    resolved = Project(
        {"a": text, "b": ADA, "c": course(key="ropes"), "d": "kind: exam\nkey: final\nspec: {name: F}\n"}
    ).resolve()
    assert body(resolved) == {
        "name": "Knots",
        "teacher_id": {"$ref": "school/teacher/ada"},
        "after_ids": [{"$ref": f"school/{name}"} for name in ("course/ropes", "exam/final", "course/knots")],
        "lessons": [{"name": "A", "by": {"$ref": "school/teacher/ada"}}],
    }
    assert loaded.documents == before


def test_null_is_not_a_reference() -> None:
    assert body(Project({"a": course("teacher_id: null")}).resolve())["teacher_id"] is None


@pytest.mark.parametrize(
    ("spec", "code", "message", "help"),
    [
        ("teacher_id: adda", "RC210", "no teacher has the key 'adda'", "did you mean 'ada'?"),
        (
            "teacher_id: bob",
            "RC210",
            "no teacher has the key 'bob'",
            "declare it, or add `bob: <id in the tenant>` under `teacher:` in bindings/sandbox.yaml",
        ),
        ("after_ids: [zzz]", "RC210", "no course or exam has the key 'zzz'", "declare it, or add"),
        ("after_ids: [both]", "RC211", "'both' could be course/both or exam/both", "write course/both or exam/both"),
        ("teacher_id: exam/both", "RC215", "'exam/both' is not a key of teacher", "this field refers to teacher"),
        ("teacher_id: school/exam/both", "RC215", "'school/exam/both' is not a key of", "this field refers to"),
        (
            "room_id: hall",
            "RC213",
            "no estate/room is bound to 'hall' in sandbox",
            "add `hall: <id in the tenant>` under `estate/room:` in bindings/sandbox.yaml",
        ),
        ("room_id: attik", "RC213", "no estate/room is bound to 'attik'", "did you mean 'attic'?, or add `attik:"),
        (
            "fee: {amount: 1, account: a}",
            "RC213",
            "no account is bound to 'a' in sandbox",
            "add `a: <id in the tenant>`",
        ),
    ],
)
def test_references_to_unknown_keys_are_errors(spec: str, code: str, message: str, help: str) -> None:
    resolved = Project(
        {"a": course(spec), "b": ADA, "c": course(key="both"), "d": "kind: exam\nkey: both\nspec: {name: B}\n"},
        bindings=("estate/room/attic",),
    ).resolve()
    diagnostic = only(resolved)
    assert (diagnostic.code, diagnostic.severity) == (code, "error")
    assert message in diagnostic.message
    assert diagnostic.help.startswith(help)
    assert diagnostic.key == Key("school/course", "knots")


def test_references_can_name_bound_keys() -> None:
    spec = "teacher_id: bob\nroom_id: attic\nafter_ids: [old]\nlessons: [{name: A, by: bob}]"
    bindings = ("school/teacher/bob", "estate/room/attic", "school/exam/old")
    spec_body = body(Project({"a": course(spec)}, bindings=bindings).resolve())
    assert (spec_body["room_id"], spec_body["after_ids"]) == (
        {"$ref": "estate/room/attic"},
        [{"$ref": "school/exam/old"}],
    )


def test_the_kind_may_be_written_before_the_key_of_an_external_record() -> None:
    resolved = body(Project({"a": course("room_id: room/attic")}, bindings=("estate/room/attic",)).resolve())
    assert resolved["room_id"] == {"$ref": "estate/room/attic"}


def test_an_id_is_used_literally_with_a_warning_in_base_documents() -> None:
    resolved = Project({"a": course("teacher_id: id:T 7")}).resolve()
    diagnostic = only(resolved)
    assert (diagnostic.code, diagnostic.severity, diagnostic.location) == ("RC214", "warning", ("config/a.yaml", 5, 15))
    assert resolved.state.resources[Key("school/course", "knots")].body["teacher_id"] == "T 7"


def test_an_id_in_an_overlay_causes_no_warning() -> None:
    over = {"a": overlay("teacher_id: id:T7"), "b": overlay("name: New, teacher_id: id:T8", key="key: new")}
    resolved = Project({"a": course("teacher_id: ada"), "b": ADA}, over).resolve()
    assert body(resolved)["teacher_id"] == "T7"
    assert body(resolved, "course/new")["teacher_id"] == "T8"


def test_a_reference_to_a_skipped_document_is_an_error() -> None:
    project = Project({"a": course("teacher_id: ada"), "b": ADA}, {"b": "kind: teacher\nkey: ada\nskip: true\n"})
    diagnostic = only(project.resolve())
    assert (diagnostic.code, diagnostic.message) == ("RC212", "teacher 'ada' is skipped in sandbox")
    project.bindings = ("school/teacher/ada",)
    assert body(project.resolve())["teacher_id"] == {"$ref": "school/teacher/ada"}


def test_a_reference_to_a_document_with_errors_is_not_missing() -> None:
    diagnostic = only(Project({"a": course("teacher_id: ada"), "b": ADA.replace("name", "nmae")}).resolve())
    assert diagnostic.code == "RC203"


def test_a_key_in_a_broken_file_may_exist() -> None:
    resolved = Project({"a": course("teacher_id: ada"), "b": "kind: teacher\nkey: ada\nspec: {name: [\n"}).resolve()
    assert [one.location.file for one in resolved.diagnostics if one.location] == ["config/b.yaml", "config/a.yaml"]
    assert resolved.diagnostics[1].help.endswith("(it may be in config/b.yaml, which has errors of its own)")


def test_a_document_with_errors_still_exists() -> None:
    resolved = Project({"a": course("teacher_id: ada"), "b": ADA + "sepc: {}\n---\n3\n"}).resolve()
    assert [str(one.location) for one in resolved.diagnostics] == ["config/b.yaml:4:1", "config/b.yaml:6:1"]


@pytest.mark.parametrize(
    ("keys", "position", "written", "other"),
    [
        ("ropes, course/ropes", 22, "course/ropes", "ropes"),
        ("course/ropes, ropes", 15, "course/ropes", "ropes"),
        ("course/ropes, knots, school/course/ropes", 36, "school/course/ropes", "course/ropes"),
    ],
)
def test_two_forms_of_one_key_in_a_set_are_an_error(keys: str, position: int, written: str, other: str) -> None:
    diagnostic = only(Project({"a": course(f"after_ids: [{keys}]"), "b": course(key="ropes")}).resolve())
    assert (diagnostic.code, diagnostic.location) == ("RC216", ("config/a.yaml", 5, position))
    assert diagnostic.message == f"'{written}' is the same record as '{other}', which is also in the list"


def test_a_wrong_type_above_a_reference_is_one_error() -> None:
    diagnostic = only(Project({"a": course("lessons: [3, {name: A, by: ada}]"), "b": ADA}).resolve())
    assert (diagnostic.code, diagnostic.location) == ("RC207", ("config/a.yaml", 5, 13))


# --- places of fields


def test_a_field_is_located_where_it_was_set_last() -> None:
    base, over = course("fee:\n  amount: 3\n  account: id:1"), overlay("fee: {amount: 4}")
    resolved = Project({"a": base}, {"a": over}).resolve()
    [resource] = resolved.state.resources.values()
    texts = {"config/a.yaml": base.encode(), "overlays/sandbox/a.yaml": over.encode()}
    places = {name: str(desired.locate_field(resource, name, texts)) for name in ("/fee/amount", "/fee/account", "/id")}
    assert places == {
        "/fee/amount": "overlays/sandbox/a.yaml:3:22",
        "/fee/account": "config/a.yaml:7:14",
        "/id": "config/a.yaml:4:3",
    }


def test_a_field_from_a_text_file_is_located_at_its_member() -> None:
    text = "kind: course\nkey: knots\nfiles: {/name: note.txt}\nspec: {seats: 3}\n"
    [resource] = Project({"a": text}).resolve().state.resources.values()
    assert resource.body["name"] == "A long text\n"
    assert str(desired.locate_field(resource, "/name", {"config/a.yaml": text.encode()})) == "config/a.yaml:3:16"


@given(st.lists(st.sampled_from(["ada", "bob", "id:7", "teacher/ada"]), max_size=4))
def test_every_key_is_resolved_or_reported(keys: list[str]) -> None:
    lessons: list[Json] = [{"name": "A", "by": key} for key in keys]
    text = course("lessons: " + str(lessons).replace("'", '"'))
    resolved = Project({"a": text, "b": ADA}).resolve()
    missing = [one for one in resolved.diagnostics if one.severity == "error"]
    assert len(missing) == keys.count("bob")
    if not missing:
        items = resolved.state.resources[Key("school/course", "knots")].body["lessons"]
        expected = ["7" if key == "id:7" else {"$ref": "school/teacher/ada"} for key in keys]
        assert isinstance(items, list)
        assert [one["by"] for one in items if isinstance(one, dict)] == expected


# --- fixes


@pytest.mark.parametrize(
    ("base", "over", "fix"),
    [
        (course().replace("name:", "nmae:"), "", Fix("name")),
        (course("level: frist"), "", Fix("first")),
        (course().replace("kind: course", "kind: curse"), "", Fix("course")),
        (course("teacher_id: adda"), "", Fix("ada", safe=False)),
        (course("teacher_id: teacher/adda"), "", Fix("teacher/ada", safe=False)),
        (course(), overlay("teacher_id: teacher/adda"), Fix("teacher/ada", safe=False)),
        (course(), "kind: course\nkey: knotz\nskip: true\n", Fix("knots", safe=False)),
        (course("seats: 3", more="unmanaged: [/seat]\n"), "", Fix("/seats", safe=False)),
        (course("level: zzzzz"), "", None),
        (course("teacher_id: adc"), "", None),
        (course("fee: {amount: x}"), "", None),
    ],
)
def test_a_diagnostic_has_a_fix_if_exactly_one_word_is_possible(base: str, over: str, fix: Fix | None) -> None:
    """A key is never safe to replace: it may be right, and the document that has it misspelt or deleted."""
    teachers = ADA + "---\n" + ADA.replace("key: ada", "key: adb")
    diagnostic = only(Project({"a": base, "b": teachers}, {"a": over} if over else {}).resolve())
    assert diagnostic.fix == fix
    assert "fix" not in diagnostic.to_json()


def test_a_key_possibly_in_an_unreadable_file_has_no_fix() -> None:
    resolved = Project({"a": course("teacher_id: adda"), "b": ADA, "c": "kind: [\n"}).resolve()
    [reference] = [one for one in resolved.diagnostics if one.code == "RC210"]
    assert reference.help.startswith("correct the other errors first")
    assert reference.fix is None


@pytest.mark.parametrize(
    ("hidden", "code"),
    [
        (ADA.replace("kind: teacher", "kind: teachr"), "RC201"),
        (ADA.replace("key: ada", "key: Ada"), "RC123"),
        (ADA.replace("key: ada", "kye: ada"), "RC121"),
        (ADA.replace("key: ada\n", ""), "RC122"),
        (ADA.replace("key: ada", "key: ade"), "RC202"),
        ("- " + ADA.replace("\n", "\n  "), "RC120"),
    ],
)
@pytest.mark.parametrize("near", ["adda", "ad"])
def test_a_key_possibly_hidden_by_an_error_is_neither_replaced_nor_bound(hidden: str, code: str, near: str) -> None:
    """The key may be right and its document misspelt, so neither another key nor a binding is offered."""
    other = ADA.replace("key: ada", f"key: {near}")
    ade = ADA.replace("key: ada", "key: ade")
    sources = {"a": course("teacher_id: ada"), "b": hidden, "c": other, "d": ade}
    resolved = Project(sources).resolve()
    assert code in [one.code for one in resolved.diagnostics]
    [reference] = [one for one in resolved.diagnostics if one.code == "RC210"]
    suspect = "d" if code == "RC202" else "b"
    said = f"correct the other errors first (it may be in config/{suspect}.yaml, which has errors of its own)"
    assert (reference.help, reference.fix) == (said, None)


def test_the_key_of_an_overlay_waits_for_the_errors_of_base_documents() -> None:
    sources = {"a": course().replace("key: knots", "kye: knots"), "b": course().replace("knots", "knotts")}
    resolved = Project(sources, {"o": "kind: course\nkey: knots\nskip: true\n"}).resolve()
    [overlay] = [one for one in resolved.diagnostics if one.code == "RC223"]
    assert (overlay.help.startswith("correct the other errors first"), overlay.fix) == (True, None)


@pytest.mark.parametrize(("field", "text"), [("nmae", "x"), ("level", "secnd"), ("teacher_id", "adda")])
def test_a_field_of_a_text_file_has_no_fix(field: str, text: str) -> None:
    """Its location is the path of the file, which the fix would replace."""
    loaded = documents.load({"a.yaml": f"kind: course\nkey: k\nfiles: {{/name: n, /{field}: t}}\n---\n{ADA}".encode()})
    resolved = desired.resolve(
        documents.insert_text_files(loaded, {"n": b"Knots", "t": text.encode()}),
        documents.Loaded((), ()),
        catalog=CATALOG,
        environment="sandbox",
        bindings={},
        texts=loaded.texts,
    )
    diagnostic = only(resolved)
    assert diagnostic.help.startswith("did you mean")
    assert (diagnostic.pointer, diagnostic.fix) == (f"/files/~1{field}", None)


def test_each_document_with_a_shared_value_has_its_own_finding() -> None:
    """The reader gives equal texts one value. What is wrong with a reference in it is wrong in each document."""
    block = "lessons:\n    - name: first\n      by: adda\n    - name: second\n      by: ada"
    files = {name: f"kind: course\nkey: {name}\nspec:\n  name: {name}\n  {block}\n" for name in ("one", "two", "three")}
    resolved = Project({**files, "t": ADA}).resolve()
    assert [one.location.file for one in resolved.diagnostics if one.location and one.code == "RC210"] == [
        "config/one.yaml",
        "config/three.yaml",
        "config/two.yaml",
    ]
    right = {name: text.replace("adda", "ada") for name, text in files.items()}
    bodies = [one.body for one in Project({**right, "t": ADA}).resolve().state.resources.values()]
    assert [body["lessons"] for body in bodies if "lessons" in body] == 3 * [
        [{"name": name, "by": {"$ref": "school/teacher/ada"}} for name in ("first", "second")]
    ]
