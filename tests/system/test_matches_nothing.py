"""What lies in the files and matches nothing is named, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.process import REASON, SETTINGS, make_project, run_in_process, run_ok, write_files

RUN = "kind: recurringBillingRun\nmatch: '*'\nspec: {is_active: false}\n"
NOTICE = """\
kind: notice
key: soon
files: {{/email/body: {}}}
spec: {{name: Soon, is_active: true, email: {{from: a@example.org, subject: Soon}}}}
"""


def warnings(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run_in_process(folder, "validate", "--format", "json", *arguments)
    assert result.code == 0, result
    found: list[dict[str, Any]] = result.json()["diagnostics"]
    assert all(one["severity"] == "warning" and one["help"] for one in found)
    return found


@pytest.mark.parametrize(
    ("file", "text", "code", "place", "words"),
    [
        ("overlays/local/o.yaml", RUN, "RC225", ("overlays/local/o.yaml", 2), "every recurringBillingRun"),
        ("bindings/local.yaml", "notice:\n  old: i1\n", "RC226", ("bindings/local.yaml", 2), "notice 'old'"),
        ("overlay/local/o.yaml", RUN, "RC133", ("overlay", 1), "is called 'overlays'"),
        ("Overlays/local/o.yaml", RUN, "RC133", ("Overlays", 1), "is called 'overlays'"),
        ("overlasy/o.json", "{}", "RC133", ("overlasy", 1), "is called 'overlays'"),
        ("binding/local.yaml", "notice: {old: i1}\n", "RC133", ("binding", 1), "is called 'bindings'"),
        ("overrides/locla.txt", "--retire\n", "RC131", ("overrides/locla.txt", 1), "no environment is called 'locla'"),
        ("overrides/local", "--retire\n", "RC131", ("overrides/local", 1), "pipelines don't read this file"),
    ],
)
def test_a_file_that_does_nothing_is_a_warning(
    tmp_path: Path, file: str, text: str, code: str, place: tuple[str, int], words: str
) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    write_files(folder, {file: text})
    [one] = warnings(folder)
    assert (one["code"], (one["file"], one["line"])) == (code, place)
    assert words in one["message"]
    assert f"warning[{code}]" in run_ok(folder, "plan", "--env", "local").stderr


def test_folders_with_another_purpose_are_left_alone(tmp_path: Path) -> None:
    settings = SETTINGS.replace("sources: [config]", "sources: [config, overlay]")
    folder = make_project(tmp_path, settings=settings)
    quiet = {
        "overlay/b.yaml": REASON.replace("lapsed", "b").replace("Lapsed", "b"),
        "binding/README.md": "",
        "overrides/README.md": "",
        "overrides/local.txt": "",
        "overviews/o.yaml": "",
        ".overlay/o.yaml": "",
    }
    write_files(folder, quiet)
    assert warnings(folder) == []


SOURCES = SETTINGS.replace("sources: [config]", "sources: [config, shared, more]")


@pytest.mark.parametrize("files", [{}, {"shared/README.md": "Hello"}, {"shared/a.yaml": "# nothing yet\n"}])
def test_a_source_without_documents_is_a_warning_at_its_line(tmp_path: Path, files: dict[str, str]) -> None:
    folder = make_project(tmp_path, settings=SOURCES)
    write_files(folder, {"more/a.yaml": REASON.replace("lapsed", "a").replace("Lapsed", "a"), **files})
    (folder / "shared").mkdir(exist_ok=True)
    [one] = warnings(folder)
    assert (one["code"], one["file"], one["line"], one["column"]) == ("RC132", "rhythmconf.yaml", 3, 19)
    assert one["message"] == "there is no document below shared"


def test_a_source_whose_documents_have_errors_is_not_called_empty(tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SOURCES)
    write_files(
        folder, {"more/a.yaml": REASON.replace("lapsed", "a").replace("Lapsed", "a"), "shared/a.yaml": "kind: [\n"}
    )
    found = run_in_process(folder, "validate", "--format", "json").json()["diagnostics"]
    assert [one["code"] for one in found] == ["RC101"]


@pytest.mark.parametrize(
    ("there", "written", "help"),
    [
        ("config/mails/soon.html", "Mails/soon.html", "did you mean 'mails/soon.html'? (upper and lower case count)"),
        ("config/mails/soon.html", "mails/Soon.HTML", "did you mean 'mails/soon.html'? (upper and lower case count)"),
        ("config/mails/soon.html", "mails/son.html", "did you mean 'mails/soon.html'?"),
        ("config/mails/soon.html", "mail/soon.html", "did you mean 'mails/soon.html'?"),
        ("texts/caf\u00e9.html", "../texts/cafe\u0301.html", "did you mean '../texts/caf\u00e9.html'?"),
        ("texts/Soon.html", "../texts/soon.html", "did you mean '../texts/Soon.html'? (upper and lower case count)"),
        ("config/mails/soon.html", "mails/later.html", "create it, or correct the path"),
        ("config/mails/soon.html", "Mails", "create it, or correct the path"),
    ],
)
def test_a_text_file_of_another_name_is_suggested(tmp_path: Path, there: str, written: str, help: str) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": NOTICE.format(written), there: "Hello"}, SETTINGS)
    [one] = run_in_process(folder, "validate", "--format", "json").json()["diagnostics"]
    assert (one["code"], one["help"]) == ("RC126", help)


@pytest.mark.parametrize("field", ["/email/boddy", "/text", "/body"])
def test_a_pointer_to_no_field_is_an_error_at_its_line(tmp_path: Path, field: str) -> None:
    text = NOTICE.format("a.html").replace("/email/body", field)
    folder = make_project(tmp_path, {"config/a.yaml": text, "config/a.html": "Hello"}, SETTINGS)
    found = run_in_process(folder, "validate", "--format", "json").json()["diagnostics"]
    assert ("RC203", "config/a.yaml", 3) in [(one["code"], one["file"], one["line"]) for one in found]


@pytest.mark.parametrize(
    ("flag", "value", "why"),
    [
        ("--allow", "statusReason/lapsed", "no guard refuses anything about it"),
        ("--allow", "program/unseen", "no guard refuses anything about it"),
        ("--allow-updates", "statusReason=50%", "updates no record of this kind"),
        ("--allow-deletes", "program=100%", "deletes no record of this kind"),
        ("--ours", "statusReason/lapsed", "it has no conflict"),
        ("--theirs", "statusReason/lapsed", "it has no conflict"),
    ],
)
@pytest.mark.parametrize("applied", [False, True])
def test_an_override_that_allows_nothing_is_a_warning(
    tmp_path: Path, flag: str, value: str, why: str, applied: bool
) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    if applied:
        run_ok(folder, "apply", "--auto-approve")
    planned = run_ok(folder, "plan", flag, value)
    assert f"warning[RC227]: {flag} {value} allows nothing: " in planned.stderr
    assert why in planned.stderr
    write_files(folder, {"overrides/local.txt": f"# Nobody is reminded any more.\n\n  {flag}  {value} \n"})
    located = run_ok(folder, "plan", flag, value)
    assert " --> overrides/local.txt:3:1\n" in located.stderr
    assert "remove the line" in located.stderr
    assert run_ok(folder, "apply", "--auto-approve", flag, value).last.startswith(("Apply complete!", "No changes."))


@pytest.mark.parametrize("flag", ["--allow", "--only", "--ours", "--theirs"])
def test_a_key_that_nothing_has_is_an_error(tmp_path: Path, flag: str) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    refused = run_in_process(folder, "plan", flag, "statusReason/lapsd", "-o", "a.plan")
    assert refused.code == 1
    assert "did you mean 'lapsed'?" in refused.stderr
    assert not (folder / "a.plan").exists()


def test_an_override_that_is_needed_is_no_warning(tmp_path: Path) -> None:
    files = {
        "config/a.yaml": "---\n".join(REASON.replace("lapsed", f"r{n}").replace("Lapsed", f"R{n}") for n in range(12))
    }
    folder = make_project(tmp_path, files, SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    (folder / "config/a.yaml").write_text(files["config/a.yaml"].replace("true", "false"))
    assert "RC227" not in run_ok(folder, "plan", "--allow-updates", "statusReason=100%").stderr


@pytest.mark.parametrize("pattern", ["config/*", "**", "config/[ab]", "conf?g"])
def test_a_source_that_is_a_pattern_says_so(tmp_path: Path, pattern: str) -> None:
    settings = SETTINGS.replace("sources: [config]", f"sources: ['{pattern}']")
    ran = run_in_process(make_project(tmp_path, {"config/a.yaml": REASON}, settings), "validate")
    assert ran.code == 1
    assert f"the source '{pattern}' is a pattern" in ran.stderr
    assert "write the folder" in ran.stderr
