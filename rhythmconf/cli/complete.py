"""What a shell offers: environments, kinds and keys, from the files of the project alone; nothing where they fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def environments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of the project's environments."""
    return _offered(context, incomplete, _environments)


def keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """`kind/key` of every document; before the slash only the kinds, which are fewer."""
    if "/" in incomplete:
        return _offered(context, incomplete, _keys)
    return _offered(context, incomplete, lambda root: {f"{key.partition('/')[0]}/" for key in _keys(root)})


def _offered(context: click.Context, incomplete: str, names: Callable[[Path], Iterator[str] | set[str]]) -> list[str]:
    try:
        found = sorted(set(names(Path(context.params.get("directory") or ".").absolute())))
    except Exception:  # whatever is wrong with the project, a shell's prompt is no place to say so
        return []
    return [name for name in found if name.startswith(incomplete)]


def _environments(folder: Path) -> Iterator[str]:
    from rhythmconf.settings import find_project_file, load_settings

    path = find_project_file(folder)
    yield from load_settings(path.read_bytes(), file=path, flags={}, environ=os.environ).environments


def _keys(folder: Path) -> Iterator[str]:
    from rhythmconf.settings import find_project_file, load_settings
    from rhythmconf.source import documents
    from rhythmconf.source.project import files

    path = find_project_file(folder)
    settings = load_settings(path.read_bytes(), file=path, flags={}, environ=os.environ)
    for source in settings.sources:
        for one in documents.load(files.read_tree(settings.root, source).texts).documents:
            yield f"{one.kind.removeprefix(f'{settings.module}/')}/{one.key}"
