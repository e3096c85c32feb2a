"""Each enum field of a billing template refuses a wrong value, at its line and column."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rhythmconf import catalog
from rhythmconf.catalog import Kind
from rhythmconf.model import MISSING, Binding, Key, Origin, Resource, at
from rhythmconf.source import desired, documents

TEXT = (Path(__file__).parent / "data" / "billing-template.yaml").read_text(encoding="utf-8")
CATALOG = catalog.load([catalog.default_folder()], module="certifications")
KIND = CATALOG.kind("billingTemplate")
ROOT = Path(__file__).parents[2]
FILE = "config/everything.yaml"
UNMANAGED = (
    "program/cmsi program/rds notice/renewal-60 notice/dropped statusReason/lapsed appStatusReason/late "
    "applicationNotice/app-reminder applicationNotice/app-activated applicationNotice/app-expired "
    "trainingProvider/harbor-school invoiceTemplate/plain paymentTerms/net-30 platform/customField/cost-centre"
)


def bound() -> Mapping[Key, Binding]:
    """Return a binding for each record that the template refers to and that no document declares."""
    keys = [name if name.count("/") == 2 else f"certifications/{name}" for name in UNMANAGED.split()]
    return {Key.parse(name): Binding(Key.parse(name), "x") for name in keys}


def resolve(text: str) -> desired.Desired:
    texts = {FILE: text.encode()}
    return desired.resolve(
        documents.load(texts),
        documents.Loaded((), ()),
        catalog=CATALOG,
        environment="sandbox",
        bindings=bound(),
        texts=texts,
    )


def enums(schema: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Yield the pointer of every enum field of a kind, with 0 for the items of a list."""
    if "enum" in schema:
        yield where
    for name, child in schema.get("properties", {}).items():
        if not child.get("readOnly"):
            yield from enums(child, f"{where}/{name}")
    if "items" in schema:
        yield from enums(schema["items"], f"{where}/0")


def values(kind: Kind) -> dict[str, list[str]]:
    """Return the pointers of each enum field by its name."""
    pointers: dict[str, list[str]] = {}
    for where in enums(kind.schema):
        pointers.setdefault(where.rpartition("/")[2], []).append(where)
    return pointers


def test_the_document_is_valid_and_has_every_field() -> None:
    resolved = resolve(TEXT)
    assert resolved.diagnostics == ()
    [resource] = resolved.state.resources.values()
    assert at(resource.body, "/renewal_reminder_options/program_ids/1") == {"$ref": "certifications/program/rds"}
    assert at(resource.body, "/renewal_reminder_options/status_reason_ids/1") == {
        "$ref": "certifications/appStatusReason/late"
    }
    assert not {name for name, child in (KIND.root.fields or {}).items() if not child.read_only} - resource.body.keys()


def cases() -> list[tuple[str, int]]:
    """Yield field name and offset of each value of an enum field in the text."""
    names = "|".join(values(KIND))
    return [(match[1], match.start(2)) for match in re.finditer(rf"\b({names}): ([^,}}\n]+)", TEXT)]


def test_no_enum_field_is_forgotten() -> None:
    """A window with the position `on` has no unit of time; all other enum fields are in the document."""
    spec = documents.load({FILE: TEXT.encode()}).documents[0].spec
    absent = {where for where in enums(KIND.schema) if at(spec, where) is MISSING}
    assert {where.rpartition("/")[2] for where in absent} == {"unit_of_time"}
    assert all(at(spec, where.replace("unit_of_time", "position")) == "on" for where in absent)
    assert len(cases()) == len([*enums(KIND.schema)]) - len(absent)


@pytest.mark.parametrize(("name", "offset"), cases())
def test_a_wrong_value_is_located(name: str, offset: int) -> None:
    end = re.compile(r"[,}\n]").search(TEXT, offset)
    assert end is not None
    value = TEXT[offset : end.start()]
    text = f"{TEXT[:offset]}{value[:-1]}{TEXT[end.start() :]}"
    [diagnostic] = [one for one in resolve(text).diagnostics if one.severity == "error"]
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    assert diagnostic.location == (FILE, line, column)
    assert diagnostic.pointer.endswith(f"/{name}")
    assert diagnostic.pointer.removeprefix("/spec") in values(KIND)[name]
    assert diagnostic.message.startswith(f"{name}: '{value[:-1]}' is not one of ")
    assert value in diagnostic.message
    assert f"did you mean '{value}'?" == diagnostic.help or value == "on"


def test_a_field_is_located_in_its_document() -> None:
    [resource] = resolve(TEXT).state.resources.values()
    location = desired.locate_field(resource, "/drop_options/expiration_date_range_end/number", {FILE: TEXT.encode()})
    assert TEXT.splitlines()[location.line - 1] == "      number: 60"
    assert location.column == len("      number: ") + 1
    nowhere = Resource(resource.key, {}, (Origin("config/gone.yaml"),))
    assert desired.locate_field(nowhere, "/name", {}) == ("config/gone.yaml", 1, 1)


def test_a_valid_document_is_checked_without_jsonschema() -> None:
    code = "import sys, tests.source.test_desired_enums as t; assert not t.resolve(t.TEXT).diagnostics; "
    code += "print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


WINDOW = "{position: after, number: 60, unit_of_time: days, relative_to: the reference date}"


@pytest.mark.parametrize(
    ("old", "new", "help"),
    [
        ("number: 60", "number: -60", "write 60, which has no sign, with `position: before` or `position: after`"),
        (WINDOW, "-60", "number: 60, unit_of_time: days}`"),
        (WINDOW, "-60", "expiration_date_range_start: {position: before, "),
        (WINDOW, "60", "{position: after, "),
        (WINDOW, "2 weeks", "{position: after, relative_to: the reference date, number: 2, unit_of_time: weeks}`"),
        (
            WINDOW,
            "3 months before the end of the year",
            "{position: before, relative_to: the end of the year, number: 3",
        ),
        (WINDOW, "soon", "number: <number>, unit_of_time: days}`"),
    ],
)
def test_an_offset_in_other_words_is_answered_with_its_fields(old: str, new: str, help: str) -> None:
    at_start = TEXT.index(old, TEXT.index("expiration_date_range_start"))
    text = f"{TEXT[:at_start]}{new}{TEXT[at_start + len(old) :]}"
    [error] = [one for one in resolve(text).diagnostics if one.severity == "error"]
    assert help in error.help
