"""Pull writes and removes files: their names, links on the way, text files that nobody uses any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.source.project import portable
from rhythmconf.text import yaml12
from tests.support.tenants import ProjectFolder, make_project


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path / "project")


def read(site: ProjectFolder, name: str) -> list[Any]:
    return yaml12.load_all(site.read(name), file=name)


# Names of files


def test_names_that_windows_reserves_are_avoided_and_the_keys_stay(site: ProjectFolder) -> None:
    body = "<p>a</p>\n<p>b</p>\n"
    with site.tenant() as tenant:
        for name in ("CON", "Aux", "nul", "COM1", "lpt9", "Prn"):
            tenant.make("programGroup", {"name": name})
        tenant.make("notice", {"name": "Con", "email": {"subject": "s", "body": body}})
    site.done("pull")
    names = site.files("config")
    assert not [name for name in names if portable.find_problem(name)]
    assert "config/notice/con_.email-body.html" in names
    keys = {document["key"] for name in names if name.endswith(".yaml") for document in read(site, name)}
    assert keys == {"con", "aux", "nul", "com1", "lpt9", "prn"}
    assert "RC612" not in site.done("validate", "--env", "one").out
    assert not [change for change in site.done("plan", "--format", "json").value["changes"] if change["fields"]]


@pytest.mark.parametrize("key", ["con.x", "a.", "aux", "k" * 150, f"{'k' * 150}.b"])
@pytest.mark.parametrize("layout", ["{kind}/{key}.yaml", "{key}/it.yaml", "{key}.old/{kind}.yaml"])
def test_a_key_that_is_no_name_of_a_file_or_folder_gets_another_path(
    site: ProjectFolder, key: str, layout: str
) -> None:
    with site.tenant() as tenant:
        id = tenant.make("notice", {"name": "N", "email": {"subject": "s", "body": "a\nb\n"}})
    site.write("keys.yaml", f"notice: {{{id}: {key}}}\n")
    site.done("pull", "--key-map", "keys.yaml", "--layout", layout)
    names = site.files("config")
    assert len(names) == 2
    assert not [name for name in names if portable.find_problem(name)]
    assert all(len(part) <= portable.LONGEST_NAME for name in names for part in name.split("/"))
    assert [read(site, name)[0]["key"] for name in names if name.endswith(".yaml")] == [key]
    assert site.done("pull").last == "No changes."


@pytest.mark.parametrize(
    "layout",
    [
        "con/{key}.yaml",
        "a./{key}.yaml",
        "c:/{key}.yaml",
        ".hidden/{key}.yaml",
        ".{key}.yaml",
        "a\n/{key}.yaml",
        "{key}/../../{key}.yaml",
        "{kind}/../../x.yaml",
        "aux.{key}.yaml",
        "x?/{key}.yaml",
        "a\u200b/{key}.yaml",
    ],
)
def test_a_layout_whose_files_nobody_could_read_is_refused(site: ProjectFolder, layout: str) -> None:
    result = site.run("pull", "--layout", layout)
    assert (result.code, "is not a layout" in result.err) == (1, True)


def test_a_file_or_folder_in_another_spelling_is_used_as_it_is_spelled(site: ProjectFolder) -> None:
    site.write("config/ProgramGroup/One.yaml", "kind: programGroup\nkey: x\nspec: {name: X}\n")
    site.write("config/NOTICE/a.yaml", "kind: statusReason\nkey: a\nspec: {name: A}\n")
    site.write("config/NOTICE/N.EMAIL-BODY.TXT", "used\n")
    site.write(
        "config/NOTICE/m.yaml",
        "kind: notice\nkey: m\nfiles: {/email/body: N.EMAIL-BODY.TXT}\nspec: {name: M, email: {subject: s}}\n",
    )
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.make("programGroup", {"name": "One"})
        tenant.make("notice", {"name": "N", "email": {"subject": "s", "body": "a\nb\n"}})
    site.done("pull")
    names = [*site.files("config")]
    assert len({portable.fold(name) for name in names}) == len(names)
    assert {name.rpartition("/")[0] for name in names} == {"config/NOTICE", "config/ProgramGroup"}
    assert [document["key"] for document in read(site, "config/ProgramGroup/One.yaml")] == ["x", "one"]
    assert site.read("config/NOTICE/N.EMAIL-BODY.TXT") == "used\n"
    assert site.read("config/NOTICE/n.email-body-2.txt") == "a\nb\n"


@pytest.mark.parametrize("name", ["n.email-body.txt", "N.Email-Body.TXT"])
def test_an_unknown_file_in_the_way_is_named_in_any_spelling(site: ProjectFolder, name: str) -> None:
    site.write(f"config/notice/{name}", "mine")
    with site.tenant() as tenant:
        tenant.make("notice", {"name": "N", "email": {"subject": "s", "body": "a\nb\n"}})
    result = site.run("pull")
    assert result.code == 1
    assert "config/notice/n.email-body.txt" in result.err
    assert [*site.files("config")] == [f"config/notice/{name}"]


def test_names_that_windows_refuses_are_warnings_of_validate(site: ProjectFolder) -> None:
    site.write("config/con.yaml", "kind: statusReason\nkey: a\nspec: {name: A}\n")
    site.write("config/aux/b.json", '{"kind": "statusReason", "key": "b", "spec": {"name": "B"}}')
    site.write("overlays/one/nul.yaml", "kind: statusReason\nkey: a\nspec: {is_active: true}\n")
    site.write("config/n.yaml", "kind: notice\nkey: n\nfiles: {/email/body: com1.html}\nspec: {name: N, email: {}}\n")
    site.write("config/com1.html", "<p>a</p>")
    result = site.done("validate", "--format", "json").value
    warned = [each["file"] for each in result["diagnostics"] if each["code"] == "RC612"]
    assert warned == ["config/aux/b.json", "config/com1.html", "config/con.yaml", "overlays/one/nul.yaml"]


# Links


def group(site: ProjectFolder, name: str = "New") -> None:
    with site.tenant() as tenant:
        tenant.make("programGroup", {"name": name})


def link_kind(site: ProjectFolder, outside: Path) -> None:
    site.write("config/z.yaml", "kind: statusReason\nkey: z\nspec: {name: Z}\n")
    (site.root / "config/programGroup").symlink_to(outside)


def link_kind_inside(site: ProjectFolder, outside: Path) -> None:
    (site.root / "elsewhere").mkdir()
    site.write("config/z.yaml", "kind: statusReason\nkey: z\nspec: {name: Z}\n")
    (site.root / "config/programGroup").symlink_to(site.root / "elsewhere")


def link_bindings(site: ProjectFolder, outside: Path) -> None:
    group(site)  # two of one name, so that a line of the bindings file is needed
    (site.root / "bindings").symlink_to(outside)


def link_file(site: ProjectFolder, outside: Path) -> None:
    site.write("config/z.yaml", "kind: statusReason\nkey: z\nspec: {name: Z}\n")
    (site.root / "config/programGroup").mkdir()
    (site.root / "config/programGroup/new.yaml").symlink_to(outside / "new.yaml")


def link_overlays(site: ProjectFolder, outside: Path) -> None:
    site.write("config/z.yaml", "kind: statusReason\nkey: z\nspec: {name: Z}\n")
    (site.root / "overlays/one").mkdir(parents=True)
    (site.root / "overlays/one/programGroup").symlink_to(outside)


@pytest.mark.parametrize(
    ("link", "options"),
    [(link_kind, ()), (link_kind_inside, ()), (link_bindings, ()), (link_file, ()), (link_overlays, ("--as-overlay",))],
)
def test_a_pull_writes_through_no_link(
    site: ProjectFolder, tmp_path: Path, link: Callable[[ProjectFolder, Path], None], options: tuple[str, ...]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    group(site)
    link(site, outside)
    before = site.files(".")
    result = site.run("pull", *options)
    assert result.code == 1
    assert "symbolic link" in result.err or "this leads out of the project" in result.err
    assert list(outside.iterdir()) == []
    after = site.files(".")
    assert {name: text for name, text in after.items() if ".rhythmconf" not in name} == {
        name: text for name, text in before.items() if ".rhythmconf" not in name
    }


def test_format_fix_and_init_write_through_no_link(site: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    site.write("real/g.yaml", "spec:   {name: G}\nkey: g\nkind: statusReasn\n")
    (site.root / "config").mkdir()
    (site.root / "config/g.yaml").symlink_to(site.root / "real/g.yaml")
    before = site.read("real/g.yaml")
    for command in (("format",), ("validate", "--fix")):
        result = site.run(*command)
        assert result.code == 1
        assert site.read("real/g.yaml") == before
    (site.root / ".github").symlink_to(tmp_path / "outside")
    result = site.run("init", "--github")
    assert (result.code, "this leads out of the project" in result.err) == (1, True)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_file_that_the_user_names_may_lead_anywhere(site: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (site.root / "out").symlink_to(tmp_path / "outside")
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    site.done("plan", "-o", str(site.root / "out/x.plan"))
    site.done("pull", "--snapshot", str(site.root / "out/x.json"))
    assert sorted(path.name for path in (tmp_path / "outside").iterdir()) == ["x.json", "x.plan"]
    (site.root / "y.plan").symlink_to(tmp_path / "outside/x.plan")
    refused = site.run("plan", "-o", str(site.root / "y.plan"))
    assert (refused.code, "symbolic link" in refused.err) == (1, True)


# Text files


def mail(site: ProjectFolder, files: str = "{/email/body: n1.html}", key: str = "n1") -> None:
    site.write(
        f"config/{key}.yaml",
        f"kind: notice\nkey: {key}\nfiles: {files}\nspec: {{name: {key}, email: {{subject: s}}}}\n",
    )


def edit(site: ProjectFolder, name: str, body: Any) -> None:
    with site.tenant() as tenant:
        email = {"subject": "s"} if body is None else {"subject": "s", "body": body}
        tenant.patch("notice", tenant.named("notice", name)["id"], email=email)


@pytest.mark.parametrize(
    "body", [None, "a\r\nb\r\n", "\ufeffa\nb\n"], ids=["the field is gone", "CRLF", "a byte order mark"]
)
def test_a_text_file_that_a_pull_frees_is_removed_and_named(site: ProjectFolder, body: Any) -> None:
    mail(site)
    site.write("config/n1.html", "<p>a</p>\n")
    site.done("apply", "--auto-approve")
    edit(site, "n1", body)
    shown = site.done("pull", "--dry-run")
    assert "-<p>a</p>" in shown.out
    assert "config/n1.html  removed" in shown.out
    assert "config/n1.html" in site.files("config")
    result = site.done("pull")
    assert "  - config/n1.html  removed: no document uses it any more" in result.out
    assert [*site.files("config")] == ["config/n1.yaml"]
    assert site.done("plan").last == "No changes."
    assert site.done("pull").last == "No changes."


def test_a_shared_text_file_is_removed_with_its_last_user(site: ProjectFolder) -> None:
    for key in ("n1", "n2", "n3"):
        mail(site, "{/email/body: mail/all.html}", key)
    site.write("config/mail/all.html", "<p>a</p>\n")
    site.done("apply", "--auto-approve")
    edit(site, "n1", "<p>1</p>\n")
    assert site.done("pull", "--format", "json").value["unused_files"] == []
    edit(site, "n2", "<p>2</p>\n")
    edit(site, "n3", "<p>3</p>\n")
    result = site.done("pull", "--format", "json").value
    assert result["unused_files"] == [{"file": "config/mail/all.html", "removed": True}]
    assert "config/mail/all.html" not in site.files("config")
    assert site.done("plan").last == "No changes."


def test_a_text_file_that_another_environment_uses_stays(site: ProjectFolder) -> None:
    mail(site)
    site.write("config/n1.html", "<p>a</p>\n")
    site.write("overlays/two/n.yaml", "kind: notice\nkey: n2\nfiles: {/email/body: ../../config/n1.html}\n")
    site.write("config/n2.yaml", "kind: notice\nkey: n2\nspec: {name: n2, email: {subject: s}}\n")
    site.done("apply", "--auto-approve")
    edit(site, "n1", None)
    assert site.done("pull", "--format", "json").value["unused_files"] == []
    assert "config/n1.html" in site.files("config")


def test_a_text_file_outside_the_folder_of_its_document_is_named_and_stays(site: ProjectFolder) -> None:
    mail(site, "{/email/body: ../site/n1.html}")
    site.write("site/n1.html", "<p>a</p>\n")
    site.done("apply", "--auto-approve")
    edit(site, "n1", None)
    result = site.done("pull")
    assert "site/n1.html  no document uses it any more" in result.out
    assert [*site.files("site")] == ["site/n1.html"]


# Documents without a record


def test_documents_whose_record_is_gone_are_named_with_their_file(site: ProjectFolder) -> None:
    for name in ("a", "b", "c"):
        site.write(f"config/{name}.yaml", f"kind: program\nkey: {name}\nspec: {{name: {name}}}\n")
    site.write("config/r.yaml", "kind: statusReason\nkey: r\nspec: {name: R}\n")
    site.done("apply", "--auto-approve")
    assert site.done("pull").last == "No changes."
    with site.tenant() as tenant:
        for name in ("b", "c"):
            tenant.call("DELETE", "program", f"/{tenant.named('program', name)['id']}")
        tenant.call("DELETE", "statusReason", f"/{tenant.named('statusReason', 'R')['id']}")
        tenant.patch("program", tenant.named("program", "a")["id"], name="A")
    result = site.done("pull")
    assert "program/b  config/b.yaml  no record in one" in result.out
    assert "program/c  config/c.yaml  no record in one" in result.out
    assert "statusReason/r  config/r.yaml  no record in one" in result.out
    assert "delete the document" in result.out
    assert result.last == "Pull: 0 documents added, 1 changed."
    again = site.done("pull", "--dry-run")
    assert again.last == "No file changes; 3 documents have no record in one."
    one = site.done("pull", "statusReason", "--format", "json").value
    assert one["without_record"] == [
        {"kind": "certifications/statusReason", "key": "r", "file": "config/r.yaml", "bound": ""}
    ]
    named = site.run("pull", "program/b")
    assert (named.code, "config/b.yaml" in named.err) == (1, True)


def test_a_bound_record_that_is_gone_is_named_by_its_id(site: ProjectFolder) -> None:
    site.write("config/b.yaml", "kind: program\nkey: b\nspec: {name: B}\n")
    site.write("bindings/one.yaml", "program:\n  b: p-gone\n")
    result = site.done("pull")
    assert "its bound record p-gone is gone" in result.out


def test_a_skipped_document_is_not_missed(site: ProjectFolder) -> None:
    site.write("config/b.yaml", "kind: program\nkey: b\nspec: {name: B}\n")
    site.write("overlays/one/b.yaml", "kind: program\nkey: b\nskip: true\n")
    assert site.done("pull").last == "No changes."


def test_more_documents_without_a_record_than_fit_are_counted(site: ProjectFolder) -> None:
    documents = [f"kind: statusReason\nkey: k{n}\nspec: {{name: N{n}}}\n" for n in range(25)]
    site.write("config/all.yaml", "---\n".join(documents))
    result = site.done("pull")
    assert "and 5 more documents without a record" in result.out
    assert result.last == "No file changes; 25 documents have no record in one."
    assert len(site.done("pull", "--format", "json").value["without_record"]) == 25


def test_a_line_of_the_key_map_that_does_nothing_is_named(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        bound, marked, fresh = (
            tenant.make("programGroup", {"name": name, "sys_external_id": mark})
            for name, mark in (("G", "import-1"), ("M", "rhythmconf/hisp/m"), ("F", None))
        )
    site.write("config/m.yaml", "kind: programGroup\nkey: m\nspec: {name: M}\n")
    site.write("bindings/one.yaml", f"programGroup:\n  a: {bound}\n")
    site.write("keys.yaml", f"programGroup: {{{bound}: b, {marked}: n, {fresh}: chosen, nowhere: x}}\n")
    diagnostics = site.done("pull", "--key-map", "keys.yaml", "--format", "json").value["diagnostics"]
    unused = [each["message"] for each in diagnostics if each["code"] == "RC608"]
    assert [message.partition(":")[0].rpartition("/")[2] for message in unused] == ["b", "n", "x"]
    assert "has the key a already" in unused[0]
    assert "has the key m already" in unused[1]
    assert "the tenant has no such record" in unused[2]
