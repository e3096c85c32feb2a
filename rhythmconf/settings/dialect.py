"""The dialect of a tenant: the settings for what the documentation of the API leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args, get_type_hints


class Dialect(NamedTuple):
    """How a tenant behaves where the documentation of the API leaves it open. Each default is safe for every tenant.

    The last four are about members. They say what an emulated tenant does; nothing that is sent depends on them.
    docs/architecture.md ("Where to make a change") lists the other places of a new member or value.
    """

    list: Literal["auto", "array", "envelope"] = "auto"
    external_id: Literal["writable", "read-only"] = "writable"
    batch: Literal["patch+delete", "patch+delete+create", "none"] = "patch+delete"
    batch_results: Literal["verify", "by-id", "by-order"] = "verify"
    guard: Literal["values", "version", "read"] = "values"
    patch_values: Literal["json", "string"] = "json"
    patch_ops: Literal["basic", "all"] = "basic"
    off_options: Literal["omit", "empty", "null"] = "omit"
    empty_lists: Literal["same-as-absent", "distinct"] = "same-as-absent"
    list_lag_s: float = 5
    search_fields: Literal["all", "filters"] = "all"
    search_dates: Literal["civil", "string"] = "civil"
    search_pages: Literal["full", "sparse"] = "full"
    applications_search: Literal["yes", "no"] = "yes"

    @classmethod
    def choices(cls) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each setting with its permitted values, the default first; `list_lag_s`, in seconds, has none."""
        hints = get_type_hints(cls)
        return ((name, get_args(hints[name])) for name in cls._fields)
