"""Complete environments, kinds and keys in a shell, from the project's files alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def environments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the project's environments."""
    return _complete(context, incomplete, _environments)


def keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return `kind/key` of every document; before the slash only the kinds, which are fewer."""
    if "/" in incomplete:
        return _complete(context, incomplete, _keys)
    return _complete(context, incomplete, lambda root: {f"{key.partition('/')[0]}/" for key in _keys(root)})


def kinds_and_keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return what `keys` does, and each kind by itself too."""
    whole = [] if "/" in incomplete else [kind.rstrip("/") for kind in keys(context, parameter, incomplete)]
    return [name for kind in whole for name in (kind, f"{kind}/")] or keys(context, parameter, incomplete)


def _complete(context: click.Context, incomplete: str, names: Callable[[Path], Iterator[str] | set[str]]) -> list[str]:
    try:
        candidates = sorted(set(names(Path(context.params.get("directory") or ".").absolute())))
    except Exception:  # Errors of a project must not be printed into a shell's prompt.
        return []
    return [name for name in candidates if name.startswith(incomplete)]


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
        for document in documents.load(files.read_tree(settings.root, source).texts).documents:
            yield f"{document.kind.removeprefix(f'{settings.module}/')}/{document.key}"
