"""The schemas of the kinds of members."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rhythmconf.catalog import Kind, default_folder, load
from rhythmconf.tenant.emulator.members.names import MEMBER_KINDS

_ADDRESSES = frozenset(
    {
        ("certifications", "applications"),
        ("certifications", "billingRunActions"),
        ("certifications", "billingRuns"),
        ("certifications", "certifications"),
        ("membership", "applications"),
    }
)


def find_kind(module: str, segment: str) -> Kind | None:
    """Return the kind of members with this address, or None."""
    # Reading the schemas takes 80 ms, and most tenants are never asked for members.
    return _kinds()[module, segment] if (module, segment) in _ADDRESSES else None


def kind_named(name: str) -> Kind:
    """Return the kind of members with this qualified name."""
    return next(kind for kind in _kinds().values() if kind.name == name)


@cache
def _kinds() -> Mapping[tuple[str, str], Kind]:
    folders = [default_folder(), Path(__file__).parent]
    catalog = load(folders, module="certifications")
    kinds = (catalog.kinds[name] for name in sorted(MEMBER_KINDS))
    return {(kind.module, kind.segment): kind for kind in kinds}
