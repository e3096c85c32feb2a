"""Loading documents: members are checked, diagnostics have a location, texts are included."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model import Document, Json, Location, Origin
from rhythmconf.model.code import Code
from rhythmconf.source.documents import Loaded, Locator, codes, insert_text_files, load, text_files_of
from rhythmconf.source.documents.checks import check_document, is_usual
from rhythmconf.source.documents.locator import Reporter

FILE = "config/notices/a.yaml"


def loaded(text: str) -> Loaded:
    return load({FILE: text.encode()})


def only(text: str) -> Document:
    result = loaded(text)
    assert result.diagnostics == ()
    [document] = result.documents
    return document


def findings(result: Loaded) -> list[tuple[str, int, int, str]]:
    located = [(one.code, one.location, one.pointer) for one in result.diagnostics if one.location]
    assert len(located) == len(result.diagnostics)
    return [(code, location.line, location.column, pointer) for code, location, pointer in located]


def test_a_document_with_all_members_is_loaded() -> None:
    text = """\
kind: notice
key: renewal-60
spec: {name: 60 days, position: on}
files: {/email/body: ../texts/renewal.html}
moved: [renewal-sixty, r60]
protect: true
skip: false
unmanaged: [/display_order, /a~1b/0]
"""
    assert only(text) == Document(
        origin=Origin(FILE, 0),
        kind="notice",
        key="renewal-60",
        spec={"name": "60 days", "position": "on"},
        files={"/email/body": "config/texts/renewal.html"},
        moved=("renewal-sixty", "r60"),
        protect=True,
        skip=False,
        unmanaged=("/display_order", "/a~1b/0"),
    )


def test_the_smallest_documents_are_loaded() -> None:
    assert only("kind: notice\nkey: a\nspec: {}\n") == Document(Origin(FILE), "notice", "a", {})
    assert only("kind: x/notice\nkey: a\nskip: true\n").skip
    assert only("kind: notice\nkey: a\nunmanaged: [/b]\n").spec == {}
    assert only("kind: notice\nkey: a\nprotect: false\n").protect is False
    assert only("kind: notice\nkey: a\nspec: {}\nmoved: b\n").moved == ("b",)


def test_match_selects_a_whole_kind() -> None:
    document = only("kind: notice\nmatch: '*'\nspec: {is_active: false}\n")
    assert (document.match, document.key) == (True, "")


def test_documents_are_sorted_by_file_name() -> None:
    texts = {
        "b.yml": b"kind: k\nkey: b1\nspec: {}\n---\n# empty\n---\nkind: k\nkey: b2\nspec: {}\n",
        "a.json": b'{"kind": "k", "key": "a", "spec": {"n": 1.0}}',
        "c.html": b"kind: k\nkey: no\nspec: {}\n",
        "d.yaml": b"",
    }
    result = load(texts)
    assert result.diagnostics == ()
    assert [(document.key, document.origin) for document in result.documents] == [
        ("a", Origin("a.json", 0)),
        ("b1", Origin("b.yml", 0)),
        ("b2", Origin("b.yml", 2)),
    ]
    assert isinstance(result.documents[0].spec["n"], int)


BAD: list[tuple[str, str, int, int, str, str]] = [
    ("- 1\n", "RC120", 1, 1, "", "mapping"),
    ("just text\n", "RC120", 1, 1, "", "mapping"),
    ("kind: k\nkye: a\nkey: a\nspec: {}\n", "RC121", 2, 1, "/kye", "did you mean 'key'?"),
    ("kind: k\nkey: a\nspec: {}\na/b: 1\n", "RC121", 4, 1, "/a~1b", "inside 'spec'"),
    ("key: a\nspec: {}\n", "RC122", 1, 1, "", "'kind'"),
    ("kind: k\nspec: {}\n", "RC122", 1, 1, "", "'key'"),
    ("kind: k\nkey: a\n", "RC122", 1, 1, "", "'spec'"),
    ("kind: k\nkey: a\nmoved: b\n", "RC122", 1, 1, "", "'spec'"),
    ("kind: 5\nkey: a\nspec: {}\n", "RC123", 1, 7, "/kind", "name of a kind"),
    ("kind: ''\nkey: a\nspec: {}\n", "RC123", 1, 7, "/kind", "name of a kind"),
    ("kind: k\nkey: 60\nspec: {}\n", "RC123", 2, 6, "/key", "put it in quotes as it is"),
    ("kind: k\nkey: true\nspec: {}\n", "RC123", 2, 6, "/key", "must be a string"),
    ("kind: k\nkey: Renewal 60\nspec: {}\n", "RC123", 2, 6, "/key", "for example 'renewal-60'"),
    ("kind: k\nkey: '-'\nspec: {}\n", "RC123", 2, 6, "/key", "begins with"),
    ('kind: k\nkey: "a\\n"\nspec: {}\n', "RC123", 2, 6, "/key", "for example 'a'"),
    ("kind: k\nkey: é\nspec: {}\n", "RC123", 2, 6, "/key", "begins with"),
    ("kind: k\nkey: a\nspec:\n", "RC123", 3, 6, "/spec", "mapping of fields"),
    ("kind: k\nkey: a\nspec: [1]\n", "RC123", 3, 7, "/spec", "mapping of fields"),
    ("kind: k\nmatch: b\nspec: {}\n", "RC123", 2, 8, "/match", "'*'"),
    ("kind: k\nkey: a\nmatch: '*'\nspec: {}\n", "RC123", 3, 1, "/match", "not both"),
    ("kind: k\nkey: a\nskip: 1\n", "RC123", 3, 7, "/skip", "true or false"),
    ("kind: k\nkey: a\nprotect: yes\n", "RC123", 3, 10, "/protect", "true or false"),
    ("kind: k\nkey: a\nspec: {}\nmoved: {}\n", "RC123", 4, 8, "/moved", "former key"),
    ("kind: k\nkey: a\nspec: {}\nmoved: []\n", "RC123", 4, 8, "/moved", "former key"),
    ("kind: k\nkey: a\nspec: {}\nmoved: [b, C]\n", "RC123", 4, 12, "/moved/1", "for example 'c'"),
    ("kind: k\nkey: a\nunmanaged: /b\n", "RC123", 3, 12, "/unmanaged", "list of pointers"),
    ("kind: k\nkey: a\nunmanaged: [/b, c]\n", "RC124", 3, 17, "/unmanaged/1", "write '/c'"),
    ("kind: k\nkey: a\nunmanaged: ['']\n", "RC124", 3, 13, "/unmanaged/0", "JSON Pointer"),
    ("kind: k\nkey: a\nunmanaged: [1]\n", "RC124", 3, 13, "/unmanaged/0", "JSON Pointer"),
    ("kind: k\nkey: a\nunmanaged: [/a~2]\n", "RC124", 3, 13, "/unmanaged/0", "JSON Pointer"),
    ("kind: k\nkey: a\nfiles: [x]\n", "RC123", 3, 8, "/files", "pointers to paths"),
    ("kind: k\nkey: a\nfiles: {body: x}\n", "RC124", 3, 9, "/files/body", "write '/body'"),
    ("kind: k\nkey: a\nfiles: {/body: 1}\n", "RC123", 3, 16, "/files/~1body", "must be a string"),
    ("kind: k\nkey: a\nfiles: {/body: ''}\n", "RC123", 3, 16, "/files/~1body", "must be a string"),
    ("kind: k\nkey: a\nspec: {b: x}\nfiles: {/b: y}\n", "RC124", 4, 9, "/files/~1b", "has a value there"),
    ("kind: k\nkey: a\nspec: {b: x}\nfiles: {/b/c: y}\n", "RC124", 4, 9, "/files/~1b~1c", "/b has no members"),
    ("kind: k\nkey: a\nspec: {b: [1]}\nfiles: {/b/1: y}\n", "RC124", 4, 9, "/files/~1b~11", "no item 1"),
    ("kind: k\nkey: a\nspec: {b: [1]}\nfiles: {/b/-: y}\n", "RC124", 4, 9, "/files/~1b~1-", "no item -"),
    ("kind: k\nkey: a\nspec: {b: [1]}\nfiles: {/b/0: y}\n", "RC124", 4, 9, "/files/~1b~10", "has a value there"),
    ("kind: k\nkey: a\nfiles:\n  /b: y\n  /b/c: z\n", "RC124", 5, 3, "/files/~1b~1c", "/b is a text itself"),
    ("kind: k\nkey: a\nspec: 5\nfiles: {/b: c}\n", "RC123", 3, 7, "/spec", "mapping of fields"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "pointer", "words"), BAD)
def test_invalid_members_are_reported(text: str, code: str, line: int, column: int, pointer: str, words: str) -> None:
    result = loaded(text)
    assert (code, line, column, pointer) in findings(result)
    assert any(
        words in f"{diagnostic.message} {diagnostic.help}"
        for diagnostic in result.diagnostics
        if diagnostic.pointer == pointer
    )
    codes_of_documents = {code for code in vars(codes).values() if isinstance(code, Code)}
    assert {diagnostic.code for diagnostic in result.diagnostics} <= codes_of_documents
    assert {diagnostic.severity for diagnostic in result.diagnostics} == {"error"}


@pytest.mark.parametrize("text", [text for text, *_ in BAD])
def test_one_mistake_is_one_diagnostic(text: str) -> None:
    assert len(loaded(text).diagnostics) == 1


PATHS = [
    "/etc/passwd",
    "~/x",
    "~root/x",
    "../../../x",
    "x/../../../../y",
    "..",
    ".",
    "x/..",
    "x/",
    "..\\x",
    "C:/x",
    "c:x",
    "x\x00",
    "x\ny",
    "x\u202ey",
    "//host/x",
    ".env",
    "../../.git/config",
    "...",
    "a/.b/c",
]


@pytest.mark.parametrize("path", PATHS)
def test_included_texts_must_be_inside_the_project(path: str) -> None:
    text = yaml.safe_dump({"kind": "k", "key": "a", "spec": {}, "files": {"/b": path}}, sort_keys=False)
    result = loaded(text)
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["RC125"]
    assert result.diagnostics[0].pointer == "/files/~1b"
    assert text_files_of(result.documents) == ()


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("x.html", "config/notices/x.html"),
        ("./x y.html", "config/notices/x y.html"),
        ("../../x", "x"),
        ("../../config/notices/x", "config/notices/x"),
        ("d/../é.txt", "config/notices/é.txt"),
        ("a.b/x..y", "config/notices/a.b/x..y"),
    ],
)
def test_included_paths_are_relative_to_the_document(path: str, whole: str) -> None:
    assert text_files_of([only(f"kind: k\nkey: a\nfiles: {{/b: {path!r}}}\n")]) == (whole,)


def test_errors_of_all_files_are_reported_together() -> None:
    texts = {
        "a.yaml": b"kind: k\nkey: A\nspec: 1\n---\nkind: k\nkey: good\nspec: {}\n---\n- x\n",
        "b.yaml": b"a: [\n",
        "c.yaml": b"x: 1\n",
    }
    result = load(texts)
    assert [str(diagnostic.location) for diagnostic in result.diagnostics] == [
        *("a.yaml:2:6", "a.yaml:3:7", "a.yaml:9:1", "b.yaml:2:1"),
        *("c.yaml:1:1", "c.yaml:1:1", "c.yaml:1:1", "c.yaml:1:1"),
    ]
    assert [document.key for document in result.documents] == ["good"]


def test_a_document_is_loaded_without_its_invalid_members() -> None:
    result = loaded("kind: k\nkey: a\nspec: 5\nskip: maybe\nname: x\nprotect: true\nfiles: {/b: /c}\n")
    assert result.documents == (Document(Origin(FILE), "k", "a", {}, protect=True, beside={"name": "x"}),)
    assert len(result.diagnostics) == 4


def test_an_error_of_the_yaml_reader_keeps_location_and_help() -> None:
    [diagnostic] = loaded("kind: k\nkey: a\nkey: b\n").diagnostics
    assert (diagnostic.code, diagnostic.location) == ("RC102", Location(FILE, 3, 1))
    assert "line 2" in diagnostic.message


WITH_TEXTS = """\
kind: notice
key: a
spec: {name: x, mails: [{to: y}, {to: z}]}
files:
  /email/body: a.html
  /mails/1/body: ../b.txt
---
kind: notice
key: b
spec: {name: x}
"""


def test_included_texts_become_part_of_the_spec() -> None:
    before = loaded(WITH_TEXTS)
    assert text_files_of(before.documents) == ("config/b.txt", "config/notices/a.html")
    texts: Mapping[str, bytes | None] = {
        "config/notices/a.html": "\ufeff<p>é</p>\r\n\r\nz\n".encode(),
        "config/b.txt": b"",
    }
    after = insert_text_files(before, texts)
    assert after.diagnostics == ()
    assert after.documents[0].spec == {
        "name": "x",
        "mails": [{"to": "y"}, {"to": "z", "body": ""}],
        "email": {"body": "<p>é</p>\n\nz\n"},
    }
    assert after.documents[1] == before.documents[1]
    assert before.documents[0].spec == {"name": "x", "mails": [{"to": "y"}, {"to": "z"}]}


def test_missing_and_binary_texts_are_reported() -> None:
    result = insert_text_files(loaded(WITH_TEXTS), {"config/notices/a.html": b"\xff", "config/b.txt": None})
    assert findings(result) == [("RC127", 5, 16, "/files/~1email~1body"), ("RC126", 6, 18, "/files/~1mails~11~1body")]
    assert result.documents[0].spec == {"name": "x", "mails": [{"to": "y"}, {"to": "z"}]}


def test_diagnostics_of_documents_and_texts_are_reported_together() -> None:
    result = insert_text_files(loaded("kind: k\nkey: a\nspeck: {}\nfiles: {/b: c}\n"), {})
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["RC121", "RC126"]


def test_a_value_has_a_location() -> None:
    text = b"kind: k\n---\nkind: k\nkey: a\nspec:\n  b: [1, 2]\n"
    assert Locator({FILE: text}).value(Origin(FILE, 1), "/spec/b/1") == Location(FILE, 6, 10)


keys = st.from_regex(r"[a-z0-9][a-z0-9._-]*", fullmatch=True)
specs = st.dictionaries(st.text("abc_"), st.none() | st.booleans() | st.integers() | st.text("xyz: #"), max_size=4)


@given(st.lists(st.tuples(keys, specs), max_size=5))
def test_a_dumped_document_is_loaded_again(wanted: list[tuple[str, dict[str, Json]]]) -> None:
    documents = [{"kind": "notice", "key": f"k{key}", "spec": spec} for key, spec in wanted]
    result = loaded(yaml.safe_dump_all(documents))
    assert result.diagnostics == ()
    assert [(document.key, document.spec) for document in result.documents] == [
        (f"k{key}", spec) for key, spec in wanted
    ]


names = st.sampled_from(["kind", "key", "spec", "files", "moved", "protect", "skip", "unmanaged", "match", "nmae"])
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "/a", "/a/b", "../../..", "~", "*", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["", "a", "/a", "/a/0", "/~", "a/b"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(names, odd))
def test_any_members_give_a_document_or_a_diagnostic(members: dict[str, Json]) -> None:
    result = insert_text_files(loaded(yaml.safe_dump(members)), {})
    assert result.documents or result.diagnostics
    assert all(diagnostic.location and diagnostic.location.file == FILE for diagnostic in result.diagnostics)


def test_a_usual_document_is_one_without_findings() -> None:
    kinds: list[Json] = ["notice", "", None, 1, ["notice"]]
    keys: list[Json] = ["a", "a.b-c_0", "", "A", "-a", "a\n", "\u00e4", None, 1, True]
    specs: list[Json] = [{}, {"name": "x"}, None, [], "x"]
    three: list[Json] = [{"kind": kind, "key": key, "spec": spec} for kind, key, spec in product(kinds, keys, specs)]
    others: list[Json] = [None, [], "kind", {}, {"kind": "notice", "key": "a"}, {"kind": "notice", "spec": {}}]
    more: list[Json] = [{"kind": "notice", "key": "a", "spec": {}, name: True} for name in ("skip", "match", "name")]
    for value in three:
        found = [*check_document(value, Reporter(Locator({}), Origin(FILE, 0)))]
        assert is_usual(value) == (found == []), value
    assert not any(map(is_usual, [*others, *more]))
