"""The changelog is in the form of Keep a Changelog, and its newest release is the version of the program."""

from __future__ import annotations

import re
import subprocess

from rhythmconf import __version__
from tests.support.process import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SECTIONS = ["Added", "Changed", "Fixed", "Removed"]


def test_the_newest_release_is_the_version_of_the_program() -> None:
    releases = re.findall(r"(?m)^## \[(.+?)\](.*)$", TEXT)
    assert releases[0] == ("Unreleased", "")
    version, date = releases[1]
    assert version == __version__
    assert re.fullmatch(r" - \d{4}-\d\d-\d\d", date)


def test_the_notes_of_a_release_are_its_section() -> None:
    notes = run_script("notes", f"v{__version__}")
    section = TEXT.partition(f"## [{__version__}]")[2].partition("\n## [")[0].partition("\n")[2]
    assert notes.stdout.strip() == section.strip()
    unknown = run_script("notes", "v99.0.0")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "has no section [99.0.0]" in unknown.stderr


def run_script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "scripts" / name, *arguments], capture_output=True, text=True, check=False)


def test_changes_are_sorted_into_sections() -> None:
    for release in re.split(r"(?m)^## ", TEXT)[1:]:
        sections = re.findall(r"(?m)^### (.+)$", release)
        assert sections == [section for section in SECTIONS if section in sections]
        entries = re.findall(r"(?m)^- (.+(?:\n  .+)*)$", release.partition("\n### ")[2])
        assert [entry for entry in entries if not entry.endswith(".")] == []
