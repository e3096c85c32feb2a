from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import Mark, mark, pair, parse_mark, set_aside_duplicates, set_aside_younger
from rhythmconf.model import Binding, Body, DesiredState, Identity, Json, Key, LiveState, Origin, Pair, Record, Resource
from rhythmconf.settings import Dialect
from tests.support import catalogs
from tests.support.plans import make_site

COURSE, TEACHER = "school/course", "school/teacher"
READ_ONLY = Dialect(external_id="read-only")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    text = {"type": "string"}
    lesson = catalogs.make_schema("school/lesson", {"name": text, "teacher_id": {"type": "string", "x-ref": "teacher"}})
    course, teacher = (
        catalogs.make_schema("school/course", {"name": text}),
        catalogs.make_schema("school/teacher", {"name": text}),
    )
    for one, names in ((course, ["name"]), (teacher, ["name"]), (lesson, ["teacher_id", "name"])):
        one["x-resource"]["natural_key"] = names
    return catalogs.make_catalog(tmp_path_factory.mktemp("schemas"), course, teacher, lesson)


def wanted(name: str, kind: str = COURSE, **more: Any) -> Resource:
    body = more.pop("body", {"name": name.title()})
    return Resource(Key(kind, name), body, (Origin("a.yaml"),), **more)


def record(id: str, external: Json = None, kind: str = COURSE, **body: Json) -> Record:
    return Record(kind, id, {"id": id, "sys_external_id": external, "name": "Knots", **body})


def paired(
    catalog: Catalog,
    resources: list[Resource],
    records: list[Record],
    bindings: Mapping[str, str] | None = None,
    **options: Any,
) -> Identity:
    lines = (Binding(Key(COURSE, name), *_flagged(id)) for name, id in (bindings or {}).items())
    skipped = frozenset(options.pop("skipped", ()))
    return pair(
        DesiredState({each.key: each for each in resources}, skipped),
        LiveState({kind: tuple(each for each in records if each.kind == kind) for kind in catalog.kinds}),
        make_site(
            catalog,
            options.pop("dialect", Dialect()),
            project="hisp",
            bindings=options.pop("lines", {each.key: each for each in lines}),
        ),
        **options,
    )


def _flagged(text: str) -> tuple[str, bool]:
    return text.removesuffix("#protected"), text.endswith("#protected")


def codes(identity: Identity) -> list[str]:
    return [each.code for each in identity.diagnostics]


def only(identity: Identity) -> Pair:
    assert not identity.diagnostics
    (one,) = identity.pairs
    return one


class TestMark:
    @given(
        project=st.from_regex(r"[a-z0-9][a-z0-9-]*", fullmatch=True),
        name=st.from_regex(r"[a-z0-9][a-z0-9._-]*", fullmatch=True),
        protected=st.booleans(),
    )
    def test_a_mark_is_read_as_it_was_written(self, project: str, name: str, protected: bool) -> None:
        assert parse_mark(mark(project, name, protected)) == Mark(project, name, protected)

    def test_a_mark_has_its_documented_form(self) -> None:
        assert mark("hisp", "cmsi") == "rhythmconf/hisp/cmsi"
        assert mark("hisp", "cmsi", True) == "rhythmconf/hisp/cmsi#protected"

    @pytest.mark.parametrize(
        "other",
        [None, 7, "", "salesforce-12", "rhythmconf", "rhythmconf/hisp", "rhythmconf/hisp/A", "rhythmconf/hisp/a#else"],
    )
    def test_any_other_external_id_is_not_a_mark(self, other: Json) -> None:
        assert parse_mark(other) is None


class TestMarked:
    def test_a_mark_identifies_a_record_regardless_of_its_name(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1", "rhythmconf/hisp/knots", name="Renamed")])
        assert (only(identity).how, only(identity).record) == ("mark", identity.pairs[0].record)
        assert identity.ids == {Key(COURSE, "knots"): "r1"}
        assert identity.pairs[0].mark == "rhythmconf/hisp/knots"
        assert identity.binds == ()

    def test_a_mark_is_valid_within_its_kind(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("t1", "rhythmconf/hisp/knots", TEACHER)])
        assert only(identity).record is None
        assert [each.key for each in identity.orphans] == [Key(TEACHER, "knots")]

    def test_two_records_with_one_mark_are_both_named(self, school: Catalog) -> None:
        twins = [record("r1", "rhythmconf/hisp/knots"), record("r2", "rhythmconf/hisp/knots#protected")]
        for resources in ([wanted("knots")], []):
            identity = paired(school, resources, twins)
            assert codes(identity) == ["RC301"]
            assert "'r1'" in identity.diagnostics[0].message
            assert "'r2'" in identity.diagnostics[0].message
            assert identity.pairs == ()

    def test_the_oldest_record_stays_unless_another_one_is_bound(self) -> None:
        twins = tuple(
            record(id, "rhythmconf/hisp/knots", sys_created_at=f"2026-01-0{day}T00:00:00Z")
            for id, day in (("r1", 3), ("r2", 1), ("r3", 2))
        )
        live = LiveState({COURSE: twins})
        state, duplicates = set_aside_younger(live, "hisp", {})
        assert [each.id for each in state.records[COURSE]] == ["r2"]
        assert {each.record.id for each in duplicates if each.record} == {"r1", "r3"}
        assert {each.how for each in duplicates} == {"duplicate"}
        bound = {Key(COURSE, "knots"): Binding(Key(COURSE, "knots"), "r3")}
        state, _ = set_aside_younger(live, "hisp", bound)
        assert [each.id for each in state.records[COURSE]] == ["r3"]
        assert set_aside_younger(live, "other", {}) == (live, ())

    def test_only_the_duplicate_is_set_aside_if_another_kind_has_its_id(self) -> None:
        twins = tuple(record(id, "rhythmconf/hisp/knots") for id in ("r1", "r2"))
        other = record("r2", "rhythmconf/hisp/ann", TEACHER)
        state, (duplicate,) = set_aside_duplicates(LiveState({COURSE: twins, TEACHER: (other,)}), ["r2"], "hisp")
        assert duplicate.record is twins[1]
        assert state.records == {COURSE: twins[:1], TEACHER: (other,)}

    def test_a_marked_record_without_a_document_is_an_orphan(self, school: Catalog) -> None:
        identity = paired(school, [], [record("r1", "rhythmconf/hisp/knots#protected")])
        (orphan,) = identity.orphans
        assert (orphan.key, orphan.how, orphan.protected) == (Key(COURSE, "knots"), "mark", True)

    def test_a_skipped_record_is_no_orphan_and_can_be_referred_to(self, school: Catalog) -> None:
        identity = paired(school, [], [record("r1", "rhythmconf/hisp/knots")], skipped=[Key(COURSE, "knots")])
        assert (identity.orphans, identity.ids) == ((), {Key(COURSE, "knots"): "r1"})


class TestAdoption:
    def test_a_unique_natural_key_without_external_id_is_adopted(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1", ""), record("r2", name="Other")])
        one = only(identity)
        assert (one.how, one.reason, one.mark) == ("adoption", "natural key name = 'Knots'", "rhythmconf/hisp/knots")

    def test_a_binding_is_written_if_marks_are_read_only(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots", protect=True)], [record("r1")], dialect=READ_ONLY)
        assert (only(identity).how, only(identity).mark) == ("adoption", None)
        assert identity.binds == (Binding(Key(COURSE, "knots"), "r1", True),)

    def test_several_matches_are_an_error(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1"), record("r2")])
        assert codes(identity) == ["RC304"]
        assert "'r1'" in identity.diagnostics[0].message
        assert "'r2'" in identity.diagnostics[0].message

    def test_two_keys_for_one_record_are_an_error(self, school: Catalog) -> None:
        identity = paired(
            school, [wanted("a", body={"name": "Knots"}), wanted("b", body={"name": "Knots"})], [record("r1")]
        )
        assert codes(identity) == ["RC306"]

    def test_equal_natural_keys_are_created_if_no_record_exists(self, school: Catalog) -> None:
        identity = paired(school, [wanted("a", body={"name": "Knots"}), wanted("b", body={"name": "Knots"})], [])
        assert [each.how for each in identity.pairs] == ["none", "none"]

    def test_an_external_id_of_another_system_needs_a_binding(self, school: Catalog) -> None:
        assert codes(paired(school, [wanted("knots")], [record("r1", "import-7")])) == ["RC305"]
        assert codes(paired(school, [wanted("knots")], [record("r1", 7)])) == ["RC305"]

    def test_another_projects_record_is_refused_unless_it_is_named(self, school: Catalog) -> None:
        theirs = [record("r1", "rhythmconf/other/ropes")]
        identity = paired(school, [wanted("knots")], theirs)
        assert codes(identity) == ["RC303"]
        assert "'other'" in identity.diagnostics[0].message
        given = paired(school, [wanted("knots")], theirs, adopt_from={Key(COURSE, "knots"): "other"})
        assert (only(given).how, only(given).mark) == ("adoption", "rhythmconf/hisp/knots")

    def test_a_record_with_the_same_key_is_taken_over_too(self, school: Catalog) -> None:
        theirs = [record("r1", "rhythmconf/other/knots", name="Else")]
        identity = paired(school, [wanted("knots")], theirs, adopt_from={Key(COURSE, "knots"): "other"})
        assert (only(identity).how, only(identity).reason) == ("adoption", "taken over from project other")

    def test_one_of_several_records_to_take_over_is_never_guessed(self, school: Catalog) -> None:
        theirs = [record("r1", "rhythmconf/other/knots"), record("r2", "rhythmconf/other/knots")]
        identity = paired(school, [wanted("knots")], theirs, adopt_from={Key(COURSE, "knots"): "other"})
        assert codes(identity) == ["RC304"]
        renamed = [record(each.id, "rhythmconf/other/knots", name="Else") for each in theirs]
        identity = paired(school, [wanted("knots")], renamed, adopt_from={Key(COURSE, "knots"): "other"})
        assert only(identity).record is None

    def test_records_of_other_keys_are_not_candidates(self, school: Catalog) -> None:
        ours = record("r1", "rhythmconf/hisp/ropes")
        identity = paired(school, [wanted("knots"), wanted("ropes")], [ours, record("r2")])
        assert {each.key.name: each.record and each.record.id for each in identity.pairs} == {
            "knots": "r2",
            "ropes": "r1",
        }

    def test_a_forgotten_rename_is_suggested(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1", "rhythmconf/hisp/ropes")])
        assert [(each.code, each.severity) for each in identity.diagnostics] == [("RC309", "warning")]
        assert "moved: [ropes]" in identity.diagnostics[0].help
        assert identity.pairs[0].record is None

    def test_a_natural_key_may_hold_a_reference(self, school: Catalog) -> None:
        body: Body = {"name": "Bowline", "teacher_id": {"$ref": f"{TEACHER}/ann"}}
        lesson = wanted("bowline", "school/lesson", body=body)
        records = [
            record("l1", None, "school/lesson", name="Bowline", teacher_id="t2"),
            record("l2", None, "school/lesson", name="Bowline", teacher_id="t1"),
            record("t1", None, TEACHER, name="Ann"),
        ]
        identity = paired(school, [lesson, wanted("ann", TEACHER)], records)
        assert {each.key.name: each.record and each.record.id for each in identity.pairs} == {
            "ann": "t1",
            "bowline": "l2",
        }
        alone = paired(school, [lesson, wanted("ann", TEACHER)], records[:2])
        assert [each.record for each in alone.pairs] == [None, None]

    @pytest.mark.parametrize("body", [{}, {"name": None}])
    def test_a_document_without_a_natural_key_is_created(self, school: Catalog, body: Body) -> None:
        assert only(paired(school, [wanted("knots", body=body)], [record("r1", name=None)])).record is None


class TestBinding:
    def test_a_binding_manages_a_record_and_keeps_its_external_id(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1", "import-7")], {"knots": "r1"})
        assert (only(identity).how, only(identity).mark) == ("binding", None)
        assert identity.binds == ()

    def test_a_bound_record_without_external_id_gets_the_mark(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [record("r1", name="X"), record("r2")], {"knots": "r1"})
        assert (only(identity).how, only(identity).mark) == ("binding", "rhythmconf/hisp/knots")
        assert identity.ids[Key(COURSE, "knots")] == "r1"

    def test_mark_and_binding_that_disagree_are_an_error(self, school: Catalog) -> None:
        both = [record("r1", "rhythmconf/hisp/knots"), record("r2")]
        assert codes(paired(school, [wanted("knots")], both, {"knots": "r2"})) == ["RC302"]
        assert codes(paired(school, [wanted("ropes")], both, {"ropes": "r1"})) == ["RC302"]
        assert codes(paired(school, [wanted("knots")], both, {"knots": "r1"})) == []

    def test_another_projects_record_is_refused_unless_it_is_named(self, school: Catalog) -> None:
        theirs = [record("r1", "rhythmconf/other/knots")]
        assert codes(paired(school, [wanted("knots")], theirs, {"knots": "r1"})) == ["RC303"]
        given = {Key(COURSE, "knots"): "other"}
        assert only(paired(school, [wanted("knots")], theirs, {"knots": "r1"}, adopt_from=given)).how == "adoption"

    def test_a_binding_of_a_deleted_record_is_corrected(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots")], [], {"knots": "r9"})
        assert [(each.code, each.severity) for each in identity.diagnostics] == [("RC307", "warning")]
        assert (identity.pairs[0].record, identity.ids) == (None, {})
        again = paired(school, [wanted("knots")], [record("r1")], {"knots": "r9"})
        assert again.binds == (Binding(Key(COURSE, "knots"), "r1"),)

    def test_two_keys_bound_to_one_record_are_an_error(self, school: Catalog) -> None:
        identity = paired(school, [wanted("a"), wanted("b")], [record("r1")], {"a": "r1", "b": "r1"})
        assert codes(identity) == ["RC306"]

    def test_keys_of_unmanaged_records_are_known(self, school: Catalog) -> None:
        contact = Key("rolodex/contact", "ann")
        identity = paired(school, [], [record("r1", "import-7")], lines={contact: Binding(contact, "c1")})
        assert (identity.ids, identity.orphans) == ({contact: "c1"}, ())
        bound = paired(school, [], [record("r1", "import-7")], {"knots": "r1#protected"})
        assert [(each.key.name, each.how, each.protected) for each in bound.orphans] == [("knots", "binding", True)]

    def test_a_record_is_listed_as_orphan_once(self, school: Catalog) -> None:
        identity = paired(school, [], [record("r1", "rhythmconf/hisp/knots")], {"knots": "r1", "gone": "r7"})
        assert [each.how for each in identity.orphans] == ["mark"]


class TestProtection:
    @pytest.mark.parametrize(
        ("protect", "external", "after"),
        [
            (True, "rhythmconf/hisp/knots", "rhythmconf/hisp/knots#protected"),
            (None, "rhythmconf/hisp/knots#protected", "rhythmconf/hisp/knots#protected"),
            (False, "rhythmconf/hisp/knots#protected", "rhythmconf/hisp/knots"),
            (None, "rhythmconf/hisp/knots", "rhythmconf/hisp/knots"),
            (True, None, "rhythmconf/hisp/knots#protected"),
        ],
    )
    def test_the_mark_stores_the_protection(
        self, school: Catalog, protect: bool | None, external: Json, after: str
    ) -> None:
        one = only(paired(school, [wanted("knots", protect=protect)], [record("r1", external)]))
        assert one.mark == after
        assert one.protected == str(external).endswith("#protected")

    @pytest.mark.parametrize(
        ("protect", "line", "after"),
        [(True, "r1", True), (None, "r1#protected", None), (False, "r1#protected", False), (None, "r1", None)],
    )
    def test_a_binding_stores_the_protection_if_marks_are_read_only(
        self, school: Catalog, protect: bool | None, line: str, after: bool | None
    ) -> None:
        identity = paired(school, [wanted("knots", protect=protect)], [record("r1", "import-7")], {"knots": line})
        assert identity.binds == (() if after is None else (Binding(Key(COURSE, "knots"), "r1", after),))

    def test_a_binding_stores_the_protection_if_a_mark_became_read_only(self, school: Catalog) -> None:
        marked = [record("r1", "rhythmconf/hisp/knots")]
        assert paired(school, [wanted("knots")], marked, dialect=READ_ONLY).binds == ()
        identity = paired(school, [wanted("knots", protect=True)], marked, dialect=READ_ONLY)
        assert identity.binds == (Binding(Key(COURSE, "knots"), "r1", True),)


class TestMoved:
    def test_a_renamed_record_gets_the_new_mark(self, school: Catalog) -> None:
        records = [record("r1", "rhythmconf/hisp/ropes#protected")]
        identity = paired(school, [wanted("knots", moved=("older", "ropes"))], records)
        assert only(identity).renamed_from == Key(COURSE, "ropes")
        assert identity.pairs[0].mark == "rhythmconf/hisp/knots#protected"
        assert (identity.orphans, identity.ids) == ((), {Key(COURSE, "knots"): "r1"})

    def test_a_rename_moves_the_binding(self, school: Catalog) -> None:
        identity = paired(
            school, [wanted("knots", moved=("ropes",))], [record("r1", "import-7")], {"ropes": "r1#protected"}
        )
        assert only(identity).renamed_from == Key(COURSE, "ropes")
        assert identity.binds == (Binding(Key(COURSE, "knots"), "r1", True),)

    def test_a_bound_record_may_still_carry_the_old_mark(self, school: Catalog) -> None:
        records = [record("r1", "rhythmconf/hisp/ropes")]
        identity = paired(school, [wanted("knots", moved=("ropes",))], records, {"knots": "r1"})
        assert only(identity).renamed_from == Key(COURSE, "ropes")

    def test_a_finished_rename_changes_nothing(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots", moved=("ropes",))], [record("r1", "rhythmconf/hisp/knots")])
        assert only(identity).renamed_from is None

    def test_a_rename_cannot_name_a_key_in_use(self, school: Catalog) -> None:
        identity = paired(school, [wanted("knots", moved=("ropes",)), wanted("ropes")], [])
        assert codes(identity) == ["RC308"]
        assert identity.diagnostics[0].help == "Remove it from `moved`, or remove the other document."

    def test_several_renames_in_one_step_are_refused_and_said_how_to_take_apart(self, school: Catalog) -> None:
        """Otherwise the way out would be to remove `moved`, and the records would lose their keys."""
        records = [record("r1", "rhythmconf/hisp/ropes"), record("r2", "rhythmconf/hisp/knots")]
        chain = [wanted("bows", moved=("knots",)), wanted("knots", moved=("ropes",))]
        identity = paired(school, chain, records)
        assert codes(identity) == ["RC308"]
        assert "one after the other, beginning with course/bows" in identity.diagnostics[0].help
        swap = [wanted("ropes", moved=("knots",)), wanted("knots", moved=("ropes",))]
        identity = paired(school, swap, records)
        assert codes(identity) == ["RC308", "RC308"]
        assert all("can't be exchanged in one step" in each.help for each in identity.diagnostics)


def test_kinds_that_were_not_fetched_have_no_records(school: Catalog) -> None:
    desired = DesiredState({each.key: each for each in [wanted("knots")]})
    identity = pair(desired, LiveState({}), make_site(school, project="hisp"))
    assert only(identity).record is None


def test_records_that_can_not_be_told_apart_are_shown_with_what_differs(school: Catalog) -> None:
    records = [record("p1", is_active=True, long="x" * 50), record("p2", is_active=False, long="y" * 50)]
    for resources, code in (([wanted("knots")], "RC304"), ([wanted("knots"), wanted("Knots")], "RC306")):
        [error] = paired(school, resources, records).diagnostics
        assert error.code == code
        assert "they differ in is_active true, false" in error.message
        assert "bindings/sandbox.yaml" in error.help
        assert "knots: p1` under `course:`" in error.help.lower()
        assert "school/" not in error.message
    [equal] = paired(school, [wanted("knots")], [record("p1"), record("p2")]).diagnostics
    assert "all their fields are equal" in equal.message


def test_an_external_id_of_another_system_is_answered_with_the_line_to_write(school: Catalog) -> None:
    [error] = paired(school, [wanted("knots")], [record("p1", "salesforce-12")]).diagnostics
    assert (error.code, "`knots: p1` under `course:` in the bindings file bindings/sandbox" in error.help) == (
        "RC305",
        True,
    )


@pytest.mark.parametrize("external", [None, "rhythmconf/hisp/knots"])
def test_a_dead_line_of_the_bindings_is_named_also_beside_a_mark(school: Catalog, external: str | None) -> None:
    [warning] = paired(school, [wanted("knots")], [record("p1", external)], {"knots": "gone"}).diagnostics
    assert (warning.code, warning.pointer) == ("RC307", "/bindings/school~1course/knots")
    assert "'gone' is gone; it is now record 'p1'" in warning.message
    assert "bindings/sandbox.yaml" in warning.help
