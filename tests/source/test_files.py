"""Files of the project are written completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rhythmconf.source.project import files


def test_the_content_is_on_the_disk_before_the_file_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        (draft,) = tmp_path.glob(".*")
        sync(descriptor)
        steps.append(f"sync {draft.read_text()}")

    def note_replace(draft: Path, file: Path) -> Path:
        steps.append(f"replace {file.name}")
        return replace(draft, file)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    files.write(tmp_path / "a.yaml", b"kind: program\n")
    assert steps == ["sync kind: program\n", "replace a.yaml"]
