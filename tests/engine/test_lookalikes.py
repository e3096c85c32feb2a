"""A record that looks like the one that a document creates is named, and never adopted."""

from __future__ import annotations

from typing import Any

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import pair
from rhythmconf.model import Binding, DesiredState, Diagnostic, Identity, Json, Key, LiveState, Origin, Record, Resource
from rhythmconf.settings import Dialect
from tests.support import catalogs
from tests.support.plans import make_site

COURSE, LESSON, TEACHER = "school/course", "school/lesson", "school/teacher"
KEY = Key(COURSE, "cafe")
COMPOSED, DECOMPOSED = "Caf\u00e9", "Cafe\u0301"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    text = {"type": "string"}
    teacher = {"type": "string", "x-ref": "teacher"}
    schemas = [
        catalogs.make_schema(COURSE, {"name": text}),
        catalogs.make_schema(LESSON, {"name": text, "teacher_id": teacher, "year": {"type": "number"}}),
        catalogs.make_schema(TEACHER, {"name": text}),
    ]
    for schema, names in zip(schemas, (["name"], ["teacher_id", "name", "year"], ["name"]), strict=True):
        schema["x-resource"]["natural_key"] = names
    return catalogs.make_catalog(tmp_path_factory.mktemp("schemas"), *schemas)


def wanted(key: Key = KEY, **body: Json) -> Resource:
    return Resource(key, body or {"name": COMPOSED}, (Origin("a.yaml"),))


def record(id: str, external: Json = None, kind: str = COURSE, **body: Json) -> Record:
    return Record(kind, id, {"id": id, "sys_external_id": external, **(body or {"name": DECOMPOSED})})


def paired(catalog: Catalog, resources: list[Resource], records: list[Record], **options: Any) -> Identity:
    bound = {key: Binding(key, id) for key, id in options.pop("bindings", {}).items()}
    return pair(
        DesiredState({each.key: each for each in resources}, frozenset(options.pop("skipped", ()))),
        LiveState({kind: tuple(each for each in records if each.kind == kind) for kind in catalog.kinds}),
        make_site(catalog, options.pop("dialect", Dialect()), project="hisp", bindings=bound),
        **options,
    )


def lookalike(identity: Identity) -> Diagnostic:
    (one,) = identity.diagnostics
    assert (one.code, one.severity, one.pointer, one.key) == ("RC333", "warning", "/spec/name", KEY)
    return one


def test_a_create_names_the_record_and_both_names(school: Catalog) -> None:
    identity = paired(school, [wanted()], [record("r1")])
    warning = lookalike(identity)
    assert warning.message == (
        f"course/cafe will be created, though record 'r1' ('{DECOMPOSED}') looks the same: "
        r'name is "Caf\u00e9" in the document and "Cafe\u0301" in the tenant'
    )
    assert "`cafe: r1` under `course:` in bindings/sandbox.yaml" in warning.help
    assert r'write name: "Cafe\u0301" in the document' in warning.help
    assert (identity.pairs[0].record, identity.pairs[0].how) == (None, "none")
    assert identity.pairs[0].reason == f"looks like record 'r1' ('{DECOMPOSED}')"


@pytest.mark.parametrize(
    "name", ["CAF\u00c9", f"{COMPOSED} ", f"{COMPOSED}\u200b", f"\u00a0{COMPOSED}", "\uff23af\u00e9"]
)
def test_every_way_to_look_the_same_counts(school: Catalog, name: str) -> None:
    assert "'r1'" in lookalike(paired(school, [wanted()], [record("r1", name=name)])).message


def test_what_the_help_says_makes_the_warning_disappear(school: Catalog) -> None:
    bound = paired(school, [wanted()], [record("r1")], bindings={KEY: "r1"})
    renamed = paired(school, [wanted(name=DECOMPOSED)], [record("r1")])
    for identity in (bound, renamed):
        assert identity.diagnostics == ()
        assert identity.ids == {KEY: "r1"}


def test_several_records_are_counted(school: Catalog) -> None:
    records = [record(f"r{n}", name=COMPOSED + " " * n) for n in range(1, 6)]
    assert "records 'r1'" in (message := lookalike(paired(school, [wanted()], records)).message)
    assert "and 2 more look the same" in message


def test_a_record_of_another_project_can_be_taken_over(school: Catalog) -> None:
    theirs = record("r1", "rhythmconf/other/cafe")
    warning = lookalike(paired(school, [wanted()], [theirs]))
    assert "It belongs to project 'other'" in warning.help
    assert "`rhythmconf adopt course/cafe --from-project other`" in warning.help
    followed = paired(school, [wanted(name=DECOMPOSED)], [theirs], adopt_from={KEY: "other"})
    assert followed.ids == {KEY: "r1"}


def test_a_record_without_a_document_may_be_a_rename(school: Catalog) -> None:
    marked = lookalike(paired(school, [wanted()], [record("r1", "rhythmconf/hisp/coffee")]))
    assert "add `moved: [coffee]`" in marked.help
    bound = lookalike(paired(school, [wanted()], [record("r1")], bindings={Key(COURSE, "coffee"): "r1"}))
    assert "add `moved: [coffee]`" in bound.help


def test_an_equal_name_counts_where_another_key_has_the_record(school: Catalog) -> None:
    other = Key(COURSE, "coffee")
    bound = lookalike(paired(school, [wanted()], [record("r1", name=COMPOSED)], bindings={other: "r1"}))
    skipped = lookalike(
        paired(school, [wanted()], [record("r1", "rhythmconf/hisp/coffee", name=COMPOSED)], skipped=[other])
    )
    assert bound.message.endswith(f"record 'r1' ('{COMPOSED}'), bound to course/coffee, looks the same")
    assert skipped.message.endswith(f"record 'r1' ('{COMPOSED}') looks the same")


def test_an_adoption_names_the_other_record(school: Catalog) -> None:
    identity = paired(school, [wanted()], [record("r1", name=COMPOSED), record("r2")])
    assert "adopts record 'r1'" in lookalike(identity).message
    assert "'r2'" in lookalike(identity).message
    assert identity.ids == {KEY: "r1"}


def test_a_rename_names_the_record_that_would_look_the_same(school: Catalog) -> None:
    mine = record("r1", "rhythmconf/hisp/cafe", name="Coffee")
    for name in (COMPOSED, DECOMPOSED):
        warning = lookalike(paired(school, [wanted()], [mine, record("r2", name=name)]))
        assert "will be renamed, though record 'r2'" in warning.message


def test_a_rename_may_take_the_name_of_a_record_that_is_deleted(school: Catalog) -> None:
    mine = record("r1", "rhythmconf/hisp/cafe", name="Coffee")
    for bindings, external in (({}, "rhythmconf/hisp/old"), ({Key(COURSE, "old"): "r2"}, None)):
        theirs = record("r2", external, name=COMPOSED)
        ending = frozenset({Key(COURSE, "old")})
        assert paired(school, [wanted()], [mine, theirs], bindings=bindings, ending=ending).diagnostics == ()
        lookalike(paired(school, [wanted()], [mine, theirs], bindings=bindings))
        # A create may be the same record under a new key.
        assert paired(school, [wanted(name=DECOMPOSED)], [theirs], bindings=bindings, ending=ending).diagnostics


def test_an_imported_record_is_named_too(school: Catalog) -> None:
    assert "`cafe: r1`" in lookalike(paired(school, [wanted()], [record("r1", "crm-1")])).help


def test_records_of_other_documents_do_not_count(school: Catalog) -> None:
    coffee = wanted(Key(COURSE, "coffee"), name="Coffee")
    assert paired(school, [wanted(), coffee], [record("r1", "rhythmconf/hisp/coffee")]).diagnostics == ()


def test_a_managed_document_causes_no_warning(school: Catalog) -> None:
    records = [record("r1", "rhythmconf/hisp/cafe", name=COMPOSED), record("r2", name=f"{COMPOSED} ")]
    assert paired(school, [wanted()], records).diagnostics == ()


def test_all_fields_of_a_natural_key_must_look_the_same(school: Catalog) -> None:
    ana = wanted(Key(TEACHER, "ana"), name="Ana")
    lesson = wanted(Key(LESSON, "cafe"), name=COMPOSED, year=2026, teacher_id={"$ref": "school/teacher/ana"})
    teachers = [record("t1", kind=TEACHER, name="Ana"), record("T1", kind=TEACHER, name="Eva")]

    def of(**body: Json) -> list[str]:
        whole: dict[str, Json] = {"name": DECOMPOSED, "year": 2026, "teacher_id": "t1", **body}
        identity = paired(school, [ana, lesson], [*teachers, record("l1", kind=LESSON, **whole)])
        return [diagnostic.message for diagnostic in identity.diagnostics]

    assert len(of()) == 1
    assert "year" not in of()[0]
    # An id is no text that a person reads, and a number looks like no other.
    assert of(teacher_id="T1") == of(year=2025) == of(name="Tea") == of(teacher_id=None) == []


@pytest.mark.parametrize("old", ["caffe", "kaffee"])
def test_a_binding_under_another_key_is_to_be_renamed(school: Catalog, old: str) -> None:
    identity = paired(school, [wanted()], [record("r1", name=COMPOSED)], bindings={Key(COURSE, old): "r1"})
    help = lookalike(identity).help
    assert f"binds it to course/{old}, which has no document" in help or f"school/course/{old}" in help
    assert "write `cafe: r1` there" in help
    assert f"moved: [{old}]" in help
    assert not help.startswith("Bindings/")


def test_a_binding_under_the_key_of_another_document_is_named(school: Catalog) -> None:
    """The line has the wrong key: one document would rename the record, the other would create it again."""
    tea = Key(COURSE, "tea")
    documents = [wanted(), wanted(tea, name="Tea")]
    warning = lookalike(paired(school, documents, [record("r1", name=COMPOSED)], bindings={tea: "r1"}))
    assert f"record 'r1' ('{COMPOSED}'), bound to course/tea, looks the same" in warning.message
    assert "which has another name: if the line has the wrong key, write `cafe: r1` there" in warning.help
    assert "moved" not in warning.help
    # Where the bound document keeps the name of its record, the two documents are compared, not a record.
    same = [wanted(), wanted(tea, name=COMPOSED)]
    assert paired(school, same, [record("r1", name=COMPOSED)], bindings={tea: "r1"}).diagnostics == ()


@pytest.mark.parametrize("old", ["coffee", "cafe-old"])
def test_two_documents_of_one_record_name_the_binding_whose_key_was_renamed(school: Catalog, old: str) -> None:
    documents = [wanted(), wanted(Key(COURSE, "tea"), name=COMPOSED)]
    records = [record("r1", name=COMPOSED), record("r2", name=COMPOSED)]
    (error,) = (
        one
        for one in paired(school, documents, records, bindings={Key(COURSE, old): "r2"}).diagnostics
        if one.severity == "error"
    )
    assert error.code == "RC306"
    assert f"The line `{old}: r2` there binds record 'r2'" in error.help
    assert f" to course/{old}, which has no document: was that key renamed?" in error.help
    # A line of another name, or of a document, is none of these two.
    other = [record("r1", name=COMPOSED), record("r2", name="Tea")]
    (error,) = paired(school, documents, other, bindings={Key(COURSE, old): "r2"}).diagnostics
    assert (error.code, "renamed" in error.help) == ("RC306", False)
