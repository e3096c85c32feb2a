"""Recognise a base whose commit was rewritten (amended, rebased, squashed) and that has the same files."""

from __future__ import annotations

from collections.abc import Collection

from rhythmconf.model import Base
from rhythmconf.source.project.git import Objects

_SEARCHED = 100
"""Commits of the checkout that are compared with the base, the newest first."""


def take_rewritten(base: Base, names: Collection[str], objects: Objects, head: str | None) -> Base:
    """Return the newest commit of the checkout with the files of the base as the base; else the base itself.

    `names` are the paths that plans are made from. What the files declare is the same, so the two commits mean the same
    for every comparison.
    """
    if base.descends or head is None:
        return base
    tree, files = objects.tree_id(base.commit), objects.ids(base.commit, names)
    for commit in objects.history(head, _SEARCHED):
        if tree is not None and (objects.tree_id(commit) == tree or objects.ids(commit, names) == files):
            return Base(commit, base.origin, replaced=base.commit)
    return base
