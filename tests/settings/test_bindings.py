"""Bindings files: read, refused, and written so that they merge well."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from rhythmconf.errors import SettingsError
from rhythmconf.model import Binding, Bindings, Key
from rhythmconf.settings import read_bindings, write_bindings

MODULE = "certifications"


def read(text: str) -> Bindings:
    return read_bindings(text.encode(), file="bindings/production.yaml", module=MODULE)


def binding(kind: str, name: str, id: str, protected: bool = False) -> Binding:
    return Binding(Key(kind, name), id, protected)


def by_key(*bindings: Binding) -> Bindings:
    return {binding.key: binding for binding in bindings}


def test_bindings_are_read_from_a_file() -> None:
    text = """
    # kept by rhythmconf
    program:
      cmsi: 6f1c-22
      rds: "0123#protected"
    rolodex/contact:
      billing: c:1|x
    """
    assert read(text) == by_key(
        binding("certifications/program", "cmsi", "6f1c-22"),
        binding("certifications/program", "rds", "0123", protected=True),
        binding("rolodex/contact", "billing", "c:1|x"),
    )


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "{}", "---\n", "program: {}"])
def test_a_missing_bindings_file_binds_nothing(text: str) -> None:
    assert read(text) == {}


def test_bindings_are_written_sorted() -> None:
    bindings = by_key(
        binding("rolodex/contact", "a", "z"),
        binding("certifications/program", "rds", "0123", protected=True),
        binding("certifications/program", "cmsi", "abc-1"),
        binding("certifications/notice", "yes", "no"),
    )
    assert write_bindings(bindings, MODULE) == (
        'notice:\n  "yes": "no"\nprogram:\n  cmsi: abc-1\n  rds: "0123#protected"\nrolodex/contact:\n  a: z\n'
    )
    assert write_bindings({}, MODULE) == ""


kinds = st.sampled_from(["certifications/program", "certifications/billingTemplate", "rolodex/contact"])
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)
ids = st.text(min_size=1, max_size=12).filter(
    lambda text: "#" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
)
entries = st.builds(Binding, st.builds(Key, kinds, names), ids, st.booleans())


@given(st.lists(entries, unique_by=(lambda entry: entry.key, lambda entry: (entry.key.kind, entry.id))))
@example([binding("certifications/program", "1e3", "\x7f\x85\u2028😀\0\t ")])
@example([binding("certifications/program", "null", "~"), binding("certifications/program", "0x1f", "- a: [")])
def test_written_bindings_are_read_back(bindings: list[Binding]) -> None:
    text = write_bindings(by_key(*bindings), MODULE)
    assert read(text) == by_key(*bindings)
    assert write_bindings(by_key(*reversed(bindings)), MODULE) == text
    assert text.isascii()
    # a reader of YAML 1.1 sees the same texts
    plain = yaml.safe_load(text) or {}
    assert {id for entries in plain.values() for id in entries.values()} == {
        entry.id + ("#protected" if entry.protected else "") for entry in bindings
    }
    assert text.count("\n") == len(bindings) + len({entry.key.kind for entry in bindings})


def test_a_key_without_its_kind_is_told_where_to_stand() -> None:
    with pytest.raises(SettingsError) as caught:
        read('cmsi: "1f3a"\n')
    assert "write the kind in a line of its own, and below it `cmsi: 1f3a`" in str(caught.value.help)


@pytest.mark.parametrize(("text", "where", "message"), [
    ("program:\n  cmsi: 12\n", "2:9", "an id must be a text"),
    ("program:\n  cmsi:\n", "2:8", "an id must be a text"),
    ("program:\n  cmsi: ''\n", "2:9", "'' is not an id"),
    ("program:\n  cmsi: '#protected'\n", "2:9", "is not an id"),
    ("program:\n  cmsi: 'a#locked'\n", "2:9", "is not an id"),
    ("program:\n  CMSI: a\n", "2:3", "'CMSI' can't be a key"),
    ("program:\n  a: x\n  b: x#protected\n", "3:6", "a and b are bound to the same record"),
    ("program: abc\n", "1:10", "mapping of keys to ids"),
    ("a b: {}\n", "1:1", "'a b' can't be a kind"),
    ("program: {a: x}\ncertifications/program: {b: y}\n", "2:1", "the same kind"),
    ("- program\n", "1:1", "one mapping"),
    ("program: {a: x}\n---\nnotice: {}\n", "1:1", "one mapping"),
    ("program: {a: x, a: y}\n", "1:17", "a"),
    ("program: [", "", ""),
])  # fmt: skip
def test_an_error_in_bindings_has_a_location(text: str, where: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert str(caught.value.where).startswith(f"bindings/production.yaml:{where}")
    assert message in caught.value.message
