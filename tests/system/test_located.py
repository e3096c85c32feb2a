"""What is wrong with the record of a key has the line of the document or of the binding that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import SETTINGS, run_in_process
from tests.support.process import make_project as make_folder
from tests.support.tenants import ProjectFolder, make_project

P = "# a program\nkind: program\nkey: p\nspec:\n  description: first\n  name: P\n"
DOCUMENT = "config/p.yaml:6:9"
BINDINGS = "# by hand\nprogram:\n  q: {0}\n  p: {1}\n"
BINDING = "bindings/one.yaml:4:3"
CASES = {
    "RC301": ({}, ({"sys_external_id": "rhythmconf/hisp/p"}, {"sys_external_id": "rhythmconf/hisp/p"}), DOCUMENT),
    "RC302": ({"bindings/one.yaml": BINDINGS}, ({"name": "X"}, {"sys_external_id": "rhythmconf/hisp/other"}), BINDING),
    "RC303": ({}, ({"sys_external_id": "rhythmconf/their/p"},), DOCUMENT),
    "RC304": ({}, ({}, {}), DOCUMENT),
    "RC305": ({}, ({"sys_external_id": "import-7"},), DOCUMENT),
    "RC306": ({"config/a.yaml": "kind: program\nkey: a\nspec: {name: P}\n"}, ({},), "config/a.yaml:3:14"),
    "RC308": (
        {"config/p.yaml": f"{P}moved:\n- b\n- q\n", "config/q.yaml": "kind: program\nkey: q\nspec: {name: Q}\n"},
        (),
        "config/p.yaml:9:3",
    ),
}


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path)


def prepare(site: ProjectFolder, code: str) -> str:
    """Write the files and the records of a case; return the expected location."""
    files, records, expected = CASES[code]
    site.write("config/p.yaml", P)
    with site.tenant() as tenant:
        ids = [tenant.make("program", {"name": "P", **record}) for record in records]
    for name, text in files.items():
        site.write(name, text.format(*ids) if name.startswith("bindings") else text)
    return expected


@pytest.mark.parametrize("code", CASES)
def test_an_error_of_a_plan_has_its_line(site: ProjectFolder, code: str) -> None:
    expected = prepare(site, code)
    ran = site.run("plan")
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert f" --> {expected}\n" in ran.err


@pytest.mark.parametrize("code", ["RC303", "RC304", "RC305", "RC306"])
def test_an_error_of_a_pull_and_of_an_adoption_has_its_line(site: ProjectFolder, code: str) -> None:
    expected = prepare(site, code)
    ran = site.run("pull")
    assert ran.code == 3
    assert f" --> {expected}\n" in ran.err
    if code != "RC305":  # an adoption binds such a record
        adopted = site.run("adopt", "--auto-approve")
        assert adopted.code == 3
        assert f" --> {expected}\n" in adopted.err


def test_several_errors_have_a_line_each(site: ProjectFolder) -> None:
    prepare(site, "RC304")
    site.write("config/r.yaml", "kind: statusReason\nkey: r\nspec: {name: R}\n")
    with site.tenant() as tenant:
        for _ in range(2):
            tenant.make("statusReason", {"name": "R"})
    ran = site.run("plan")
    assert f" --> {DOCUMENT}\n" in ran.err
    assert " --> config/r.yaml:3:14\n" in ran.err


def test_a_record_that_two_bindings_name_has_the_line_of_one(site: ProjectFolder) -> None:
    site.write("config/p.yaml", P)
    site.write("config/q.yaml", "kind: program\nkey: q\nmoved: [r]\nspec: {name: Q}\n")
    with site.tenant() as tenant:
        id = tenant.make("program", {"name": "P", "sys_external_id": "rhythmconf/hisp/r"})
    site.write("bindings/one.yaml", f"program:\n  p: {id}\n")
    ran = site.run("plan")
    assert ran.code == 1
    assert "bindings/one.yaml:2:3" in ran.err


def test_a_difference_between_tenants_that_cannot_be_told_has_its_line(site: ProjectFolder) -> None:
    prepare(site, "RC304")
    value = site.run("diff", "--from", "one", "--to", "two", "--format", "json").value
    assert [(each["code"], each["file"], each["line"]) for each in value["diagnostics"]] == [
        ("RC304", "config/p.yaml", 6)
    ]


FILES_AT = {
    "a group that the kind lacks": ("files: {/emails/body: b.html}\n", "/emails/body"),
    "a field that the group lacks": ("files: {/email/bodi: b.html}\n", "/email/bodi"),
    "in a block": ("files:\n  # the mail\n  /emails/body: b.html\n", "/emails/body"),
    "after a right one": ("files:\n  /email/body: b.html\n  /email/bodi: b.html\n", "/email/bodi"),
    "in quotes": ('files:\n  "/emails/body": b.html\n', '"/emails/body"'),
}


@pytest.mark.parametrize("name", FILES_AT)
@pytest.mark.parametrize("place", ["before", "after", "second"])
def test_a_wrong_entry_of_files_has_its_own_line_and_its_own_fix(tmp_path: Path, name: str, place: str) -> None:
    entry, written = FILES_AT[name]
    spec = "spec:\n  name: Renewal\n  is_active: true\n  email: {subject: s}\n"
    spec = spec if "emails" not in entry else spec.replace("  email: {subject: s}\n", "")
    body = f"{spec}{entry}" if place == "after" else f"{entry}{spec}"
    text = "kind: statusReason\nkey: r\nspec: {name: R}\n---\n" * (place == "second") + f"kind: notice\nkey: n\n{body}"
    folder = make_folder(tmp_path, {"config/n.yaml": text, "config/b.html": "<p>\n"}, SETTINGS)
    lines = text.splitlines()
    number = next(number for number, line in enumerate(lines, 1) if written in line)
    ran = run_in_process(folder, "validate")
    assert "error[RC203]" in ran.stdout
    assert f"config/n.yaml:{number}:{lines[number - 1].index(written) + 1}" in ran.stdout
    run_in_process(folder, "validate", "--fix")
    fixed = (folder / "config/n.yaml").read_text()
    taken = name == "after a right one"
    right = text.replace("/emails/body", "/email/body").replace("/email/bodi", "/email/body")
    assert fixed == (text if taken else right)
