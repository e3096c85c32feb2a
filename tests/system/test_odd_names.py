"""Odd names in a tenant are quoted wherever a message shows them, and none of them acts on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.engine.identity import claims
from rhythmconf.flows.without_key import RecordWithoutKey, describe_without_key
from rhythmconf.model import Key, Record
from rhythmconf.settings.bindings import read_bindings, write_binding
from tests.support.tenants import ProjectFolder, make_project

ODD = {
    "a space": ("renewal colour", "'renewal colour'"),
    "a quote": ("it's", '"it\'s"'),
    "a sentence": ("x, which the schema knows", "'x, which the schema knows'"),
    "a terminal's command": ("\x1b]0;owned\x07", "'\\x1b]0;owned\\x07'"),
    "a line break": ("x\nerror[RC000]: y", "'x\\nerror[RC000]: y'"),
    "right to left": ("\u202egpj", "'\\u202egpj'"),
    "Hebrew": ("\u05e9\u05dd", "'\u05e9\u05dd'"),
    "a long name": ("n" * 500, f"'{'n' * 57}...'"),
}
pytestmark = pytest.mark.parametrize("odd", ODD)


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path)


def test_a_field_that_the_schema_does_not_know(site: ProjectFolder, odd: str) -> None:
    name, shown = ODD[odd]
    with site.tenant() as tenant:
        id = tenant.make("program", {"name": "Colour", name: "blue"})
    refused = site.run("promote", f"program/{id}", "--from", "one", "--to", "two")
    assert refused.code == 3
    for said in (site.done("pull").err, refused.err):
        assert f"certifications/program: 1 record has {shown}, which the schema doesn't know (colour)" in said
        assert said.replace("\n", "").isprintable()
    doctor = site.done("doctor").out
    assert f"! {shown}: the schema doesn't know this field" in doctor
    assert doctor.replace("\n", "").isprintable()


def test_a_record_without_a_document(site: ProjectFolder, odd: str) -> None:
    name, shown = ODD[odd]
    site.write("config/p.yaml", "kind: program\nkey: p\nspec: {name: P}\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.make("program", {"name": name})
    plain = odd in ("a space", "a sentence")
    for ran in (site.run("drift"), site.run("diff", "--from", "one", "--to", "two")):
        said = ran.out + ran.err
        assert f"({name if plain else shown})" in said
        assert said.replace("\n", "").isprintable()


def test_ids_names_and_fields_in_messages_about_identity(odd: str) -> None:
    name, shown = ODD[odd]
    plain = odd in ("a space", "a sentence")
    [line] = describe_without_key([RecordWithoutKey("program", name, name)], "one")
    assert f": {shown} ({name if plain else shown}); " in line
    record = Record("program", name, {"id": name, "name": name, name: 1})
    other = Record("program", "b", {"id": "b", "name": name})
    assert claims.named(record) == f"{shown} ({shown})"
    assert claims.differences([record, other]) == f"; they differ in {shown} 1, null"
    line = write_binding(Key("m/program", "k"), name)
    assert line.isprintable()
    assert read_bindings(f"program:\n  {line}\n".encode(), file="b.yaml", module="m")[Key("m/program", "k")].id == name
