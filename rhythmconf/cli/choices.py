"""Define the options that shape a plan, and turn them into Choices."""

from __future__ import annotations

import functools
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from rhythmconf.cli import complete
from rhythmconf.engine import plan as planning
from rhythmconf.errors import UsageError
from rhythmconf.flows import values as flow_values
from rhythmconf.model import Key
from rhythmconf.source import documents

if TYPE_CHECKING:  # a completion and the help of a command need the options alone
    from rhythmconf.catalog import Catalog
    from rhythmconf.engine.plan import Allow
    from rhythmconf.flows.values import Choices, KeyPattern

F = TypeVar("F", bound=Callable[..., Any])


class MakeChoices(NamedTuple):
    """The options as given. Call it with the catalogue to get the choices."""

    given: Mapping[str, Any]

    def __call__(self, catalog: Catalog) -> Choices:
        """Return the choices. Raises UsageError for an unknown kind or a malformed key."""
        absent: dict[str, Any] = {name: name not in FLAGS and () for name in OPTIONS}
        return _choices(catalog, **{**absent, "base": None, **self.given})

    @property
    def as_typed(self) -> str:
        """Return the options as they are typed, each after a space, quoted for a shell."""
        return "".join(f" {word}" for name, value in self.given.items() for word in _typed(name, value))


def _typed(name: str, value: Any) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [flag] * value
    values = (value,) if isinstance(value, str) else value or ()
    return [f"{flag} {shlex.quote(text)}" for text in values]


def _keys(flag: str, help: str) -> Callable[[F], F]:
    """Return an option that takes keys, with shell completion."""
    return click.option(flag, multiple=True, metavar="KIND/KEY", shell_complete=complete.keys, help=help)


OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "only": click.option(
        "--only",
        multiple=True,
        metavar="KIND[/KEY]",
        shell_complete=complete.kinds_and_keys,
        help="Plan only this resource, or all of this kind, and those they depend on. KEY may be a pattern: 'a-*'.",
    ),
    "changed": click.option(
        "--changed",
        is_flag=True,
        help="Plan only what the files changed since the base. Reads only its kinds and those that it refers to.",
    ),
    "prune": _keys("--prune", "Delete this managed record, which no document declares."),
    "prune_duplicate": click.option(
        "--prune-duplicate", multiple=True, metavar="ID", help="Delete this record, one of two that carry the same key."
    ),
    "prune_duplicates": click.option(
        "--prune-duplicates", is_flag=True, help="Where several records carry the same key, delete all but the oldest."
    ),
    "retire": click.option(
        "--retire", is_flag=True, help="Set is_active to false instead of deleting, for kinds that have it."
    ),
    "destroy": click.option(
        "--destroy", is_flag=True, help="Delete all records of this project; refused in a protected environment."
    ),
    "allow_updates": click.option(
        "--allow-updates", multiple=True, metavar="KIND=N%", help="Allow updates of up to N% of the records of a kind."
    ),
    "allow_deletes": click.option(
        "--allow-deletes",
        multiple=True,
        metavar="KIND=N%",
        help="Allow deletions of up to N% of the records of a kind.",
    ),
    "allow": _keys("--allow", "Allow what the guards refuse for this resource."),
    "allow_behind": click.option(
        "--allow-behind", is_flag=True, help="Plan although the checkout lacks applied commits."
    ),
    "allow_absent": click.option(
        "--allow-absent", is_flag=True, help="Plan although the tenant has none of the applied records."
    ),
    "base": click.option("--base", metavar="REV", help="Use this commit as the base."),
    "no_base": click.option(
        "--no-base", is_flag=True, help="Compare only files and tenant, without git. The base does not move."
    ),
    "ours": _keys("--ours", "Resolve a conflict: keep the value of the files."),
    "theirs": _keys("--theirs", "Resolve a conflict: list the lines to change to the tenant's values."),
}
"""The options that shape a plan."""
PLAN_OPTIONS = tuple(OPTIONS)
PROMOTE_OPTIONS = tuple(name for name in OPTIONS if name not in ("changed", "destroy"))
DRIFT_OPTIONS = ("only", "base", "no_base")
"""A comparison deletes nothing and is refused by no guard."""
FLAGS = ("changed", "prune_duplicates", "retire", "destroy", "allow_behind", "allow_absent", "no_base")


def plan_options(names: Iterable[str] = PLAN_OPTIONS) -> Callable[[F], F]:
    """Add options that shape a plan; the command gets `choose: MakeChoices`, to be called with the catalogue."""
    names = tuple(names)

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            return function(choose=MakeChoices({name: values.pop(name) for name in names}), **values)

        for name in reversed(names):
            command = OPTIONS[name](command)
        return command  # type: ignore[return-value]

    return decorate


def _choices(
    catalog: Catalog,
    *,
    only: Iterable[str],
    changed: bool,
    prune: Iterable[str],
    prune_duplicate: Iterable[str],
    prune_duplicates: bool,
    retire: bool,
    destroy: bool,
    allow_updates: Iterable[str],
    allow_deletes: Iterable[str],
    allow: Iterable[str],
    allow_behind: bool,
    allow_absent: bool,
    base: str | None,
    no_base: bool,
    ours: Iterable[str],
    theirs: Iterable[str],
) -> Choices:
    if base and no_base:
        raise UsageError("--base and --no-base contradict each other", help="leave out one of them")
    if changed and (no_base or only):
        other = "--no-base" if no_base else "--only"
        raise UsageError(f"--changed and {other} contradict each other", help="leave out one of them")
    chosen = [_parse_only(text, catalog) for text in only]
    return flow_values.Choices(
        prune=parse_keys(prune, catalog),
        duplicates=frozenset(prune_duplicate),
        prune_duplicates=prune_duplicates,
        only=frozenset(one for one in chosen if isinstance(one, Key)),
        matching=frozenset(one for one in chosen if isinstance(one, flow_values.KeyPattern)),
        destroy=destroy,
        allow=planning.Allow(
            updates=dict(_parse_limit(text, catalog) for text in allow_updates),
            deletes=dict(_parse_limit(text, catalog) for text in allow_deletes),
            keys=parse_keys(allow, catalog),
            ours=parse_keys(ours, catalog),
            theirs=parse_keys(theirs, catalog),
            behind=allow_behind,
            absent=allow_absent,
            no_base=no_base,
        ),
        base=base,
        retire=retire,
        changed=changed,
    )


def _parse_only(text: str, catalog: Catalog) -> Key | KeyPattern:
    """Read a key, a kind, or a kind and a pattern of keys. Raises UsageError for an unknown kind."""
    kind = catalog.qualify(text.rstrip("/"))
    if kind in catalog.kinds:
        return flow_values.KeyPattern(kind)
    kind_name, _, name = text.rpartition("/")
    if meant := _meant_key(text, catalog):
        raise UsageError(f"{text!r} is not KIND/KEY", help=f"write --only {meant}")
    if not kind_name:
        raise _unknown_kind(name, catalog, f"a key is written with its kind: program/{name}")
    if not set("*?[") & set(name):
        return parse_key(text, catalog)
    if catalog.qualify(kind_name) not in catalog.kinds:
        raise _unknown_kind(kind_name, catalog)
    return flow_values.KeyPattern(catalog.kind(kind_name).name, name)


def _meant_key(text: str, catalog: Catalog) -> str:
    """Return KIND/KEY where a text names it in another way: as a file, or with a dot or a colon; empty elsewhere.

    The name of a file is mostly a key; where it is not, the next message lists the keys of its kind.
    """
    words = [word for word in re.split(r"[/\\]", text.removesuffix("/")) if word not in ("", ".")]
    name, suffix = posixpath.splitext(words[-1]) if words else ("", "")
    if suffix in documents.SUFFIXES:
        kinds = [kind for word in reversed(words[:-1]) if (kind := _kind_named(word, catalog))]
        return f"{kinds[0]}/{name}" if kinds else ""
    if len(words) == 1 and (parts := re.fullmatch(r"([A-Za-z0-9]+)[.:]([a-z0-9].*)", text)):
        kind = _kind_named(parts[1], catalog)
        return f"{kind}/{parts[2]}" if kind else ""
    return ""


def _kind_named(word: str, catalog: Catalog) -> str:
    """Return the kind that a word names exactly or as a plural, as people write it; empty for any other word."""
    names = {catalog.shown(kind).lower(): catalog.shown(kind) for kind in catalog.kinds}
    return names.get(word.lower(), "") or names.get(word.lower().removesuffix("s"), "")


def _unknown_kind(name: str, catalog: Catalog, more: str = "") -> UsageError:
    kinds = f"kinds: {', '.join(map(catalog.shown, catalog.kinds))}"
    help = catalog.suggest_kind(name) or "; ".join(filter(None, (more, kinds)))
    return UsageError(f"there is no kind {name!r}", help=help)


def parse_keys(texts: Iterable[str], catalog: Catalog) -> frozenset[Key]:
    """Read `kind/key` or `module/kind/key`."""
    return frozenset(parse_key(text, catalog) for text in texts)


def parse_key(text: str, catalog: Catalog) -> Key:
    """Read one `kind/key` or `module/kind/key`. Raises UsageError for anything else and for an unknown kind."""
    if meant := _meant_key(text, catalog):
        raise UsageError(f"{text!r} is not KIND/KEY", help=f"did you mean {meant}?")
    kind_name, slash, name = text.rpartition("/")
    kind = catalog.qualify(text.rstrip("/*"))
    if not slash or not kind_name or not name or kind in catalog.kinds or "*" in name or "?" in name:
        short = catalog.shown(kind) if kind in catalog.kinds else kind_name or "program"
        help = f"name each resource, for example {short}/cmsi; kinds, patterns and files are not read here"
        raise UsageError(f"{text!r} is not KIND/KEY", help=help)
    if catalog.qualify(kind_name) not in catalog.kinds:
        raise _unknown_kind(kind_name, catalog)
    return Key(catalog.kind(kind_name).name, name)


def _parse_limit(text: str, catalog: Catalog) -> tuple[str, float]:
    kind, equals, share = text.partition("=")
    number = share.removesuffix("%")
    if not equals or not number.replace(".", "", 1).isdecimal() or float(number) > 100:
        raise UsageError(f"{text!r} is not KIND=N%", help="for example program=50%")
    return catalog.kind(kind).name, float(number)


def parse_allow(catalog: Catalog, updates: Iterable[str], deletes: Iterable[str], keys: Iterable[str]) -> Allow:
    """Return the thresholds of --allow-updates, --allow-deletes and --allow, for commands without other choices."""
    return planning.Allow(
        updates=dict(_parse_limit(text, catalog) for text in updates),
        deletes=dict(_parse_limit(text, catalog) for text in deletes),
        keys=parse_keys(keys, catalog),
    )
