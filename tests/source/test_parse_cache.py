"""The cache of parsed documents: it saves time, is never trusted, and does not change results."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rhythmconf.model import Json
from rhythmconf.settings import Settings, load_settings
from rhythmconf.source import documents
from rhythmconf.source.project import parse_cache

PROJECT = b"version: 1\nproject: hisp\nsources: [config]\nenvironments: {local: {tenant: t, embedded: ':memory:'}}\n"
COUNT = 200


def text(n: int, words: str = "as it was") -> bytes:
    return f"kind: program\nkey: p-{n}\nspec:\n  name: Program {n}\n  description: {words} {'x' * 500}\n".encode()


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    """Forget what this process has cached in memory."""
    parse_cache._read.cache_clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    return load_settings(PROJECT, file=tmp_path / "rhythmconf.yaml", flags={}, environ=environ)


@pytest.fixture
def texts() -> dict[str, bytes]:
    return {f"config/{n}.yaml": text(n) for n in range(COUNT)}


def keep(settings: Settings, texts: Mapping[str, bytes]) -> None:
    parse_cache.save(settings, [documents.load(texts, parse_cache.values_of(settings, texts))])
    forget()


def pack(settings: Settings) -> Path:
    [path] = (settings.cache_dir / "parsed").iterdir()
    return path


def values(texts: Mapping[str, bytes]) -> Mapping[str, list[Json]]:
    return documents.load(texts).values


def test_a_cached_text_is_found_again(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    assert parse_cache.values_of(settings, texts) == values(texts)


def test_documents_are_the_same_with_and_without_the_cache(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    assert documents.load(texts, parse_cache.values_of(settings, texts)) == documents.load(texts)


def test_an_edited_text_is_not_in_the_cache(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    texts["config/7.yaml"] = text(7, "edited")
    cached = parse_cache.values_of(settings, texts)
    assert set(texts) - set(cached) == {"config/7.yaml"}
    assert documents.load(texts, cached) == documents.load(texts)


def test_a_moved_text_is_found_in_the_cache(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    moved = {name.replace("config/", "config/moved/"): one for name, one in texts.items()}
    assert parse_cache.values_of(settings, moved) == values(moved)


def test_equal_bytes_in_yaml_and_json_are_cached_apart(settings: Settings, texts: dict[str, bytes]) -> None:
    texts["config/twin.yaml"] = b'{"kind": "program", "key": "twin", "spec": {"name": "a\\/b"}}'
    keep(settings, texts)
    assert "config/twin.yaml" in parse_cache.values_of(settings, texts)
    assert "config/twin.json" not in parse_cache.values_of(
        settings, {**texts, "config/twin.json": texts["config/twin.yaml"]}
    )


def test_a_broken_text_is_not_cached(settings: Settings, texts: dict[str, bytes]) -> None:
    texts["config/broken.yaml"] = b"kind: [\n"
    keep(settings, texts)
    loaded = documents.load(texts, parse_cache.values_of(settings, texts))
    assert [one.code for one in loaded.diagnostics] == ["RC101"]


def test_few_texts_are_not_cached(settings: Settings) -> None:
    keep(settings, {"config/1.yaml": text(1)})
    assert not settings.cache_dir.exists()


def test_the_cache_is_rewritten_after_many_edits_only(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    before = pack(settings).read_bytes()
    keep(settings, {**texts, "config/1.yaml": text(1, "edited")})
    assert pack(settings).read_bytes() == before
    keep(settings, {**texts, **{f"config/{n}.yaml": text(n, "edited") for n in range(COUNT // 10)}})
    assert pack(settings).read_bytes() != before


def test_the_cache_is_private(settings: Settings, texts: dict[str, bytes]) -> None:
    keep(settings, texts)
    path = pack(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o644])
def test_a_cache_that_others_can_write_is_ignored(settings: Settings, texts: dict[str, bytes], mode: int) -> None:
    keep(settings, texts)
    pack(settings).chmod(mode)
    assert parse_cache.values_of(settings, texts) == {}


def test_a_cache_that_is_a_link_is_ignored(settings: Settings, texts: dict[str, bytes], tmp_path: Path) -> None:
    keep(settings, texts)
    path = pack(settings)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert parse_cache.values_of(settings, texts) == {}


@pytest.mark.parametrize("offset", [0, 20, len(parse_cache.HEAD) + 5, len(parse_cache.HEAD) + 40, -1])
def test_a_cache_with_one_wrong_byte_is_ignored(settings: Settings, texts: dict[str, bytes], offset: int) -> None:
    keep(settings, texts)
    path, data = pack(settings), bytearray(pack(settings).read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    assert parse_cache.values_of(settings, texts) == {}


@pytest.mark.parametrize("length", [0, 10, len(parse_cache.HEAD), len(parse_cache.HEAD) + 32, 5_000])
def test_a_truncated_cache_is_ignored(settings: Settings, texts: dict[str, bytes], length: int) -> None:
    keep(settings, texts)
    os.truncate(pack(settings), length)
    assert parse_cache.values_of(settings, texts) == {}


def test_another_version_has_another_cache(
    settings: Settings, texts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(settings, texts)
    monkeypatch.setattr(parse_cache, "HEAD", parse_cache.HEAD.replace(b"rhythmconf ", b"rhythmconf 1"))
    assert parse_cache.values_of(settings, texts) == {}


def test_a_cache_that_cannot_be_written_is_no_error(settings: Settings, texts: dict[str, bytes]) -> None:
    settings.cache_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.cache_dir.write_text("a file")
    keep(settings, texts)
    assert parse_cache.values_of(settings, texts) == {}


def test_two_projects_have_separate_caches(settings: Settings, texts: dict[str, bytes], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    environ = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    keep(settings, texts)
    keep(load_settings(PROJECT, file=other / "rhythmconf.yaml", flags={}, environ=environ), texts)
    assert len(list((settings.cache_dir / "parsed").iterdir())) == 2
