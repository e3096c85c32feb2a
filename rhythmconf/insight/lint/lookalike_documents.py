"""RC232: two documents of one kind whose natural keys look the same."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject, similar_names
from rhythmconf.model import Diagnostic, Key, Resource, same
from rhythmconf.model.appearance import contrast
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.locate import locate_value
from rhythmconf.source.desired.overlays import MergedSpec

LOOKALIKE_DOCUMENTS = Rule(
    "RC232",
    "two documents look the same",
    what=(
        "Two documents of one kind have the same natural key, most often the name, in one environment. Or their "
        "natural keys differ only in case, width, Unicode form, spaces, invisible characters, dashes or quotes."
    ),
    why=(
        "Two records that people cannot tell apart would be created. Most often one document was copied, or the name "
        "was typed or pasted in another form."
    ),
    example="""
kind: statusReason
key: lapsed
spec: {name: Lapsed}
---
kind: statusReason
key: lapsed-2
spec: {name: "lapsed "}
""",
    fix=(
        "Give one of them a name that people can tell apart, or remove one of the documents. Removing a document that "
        "was applied deletes its record in the tenant."
    ),
)


HELP = (
    "Give one of them a name that people can tell apart, or remove one of the two documents. If it was applied, its "
    "record in the tenant is deleted with the next apply: keep the one whose record is in use."
)


def check_lookalike_documents(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each document whose natural key looks like that of an earlier one of its kind."""
    resources = subject.desired.state.resources
    specs = {merged.key: merged for merged in subject.desired.key_set.merged}
    first: dict[tuple[str, tuple[bytes | str, ...]], Resource] = {}
    for key, resource in resources.items():
        appearance = specs[key].kind.natural_appearance(resource.body)
        earlier = first.setdefault((key.kind, appearance), resource)
        if appearance and earlier is not resource and not _is_misspelt(specs[key], specs[earlier.key]):
            yield _warn(resource, earlier, specs, subject)


def _is_misspelt(merged: MergedSpec, earlier: MergedSpec) -> bool:
    """Tell whether this is an overlay that misses its base document by a letter, which another rule reports."""
    return not merged.has_base and earlier.has_base and bool(similar_names(merged.key, [earlier.key]))


def _warn(resource: Resource, earlier: Resource, specs: dict[Key, MergedSpec], subject: Subject) -> Diagnostic:
    fields = specs[resource.key].kind.natural_key
    differing = [name for name in fields if not same(resource.body[name], earlier.body[name])]
    path = ((differing or fields)[0],)
    locator, names = subject.desired.locator, subject.desired.names.catalog.names
    pointer, location = locate_value(locator, specs[resource.key].documents, path)
    _, other = locate_value(locator, specs[earlier.key].documents, path)
    own = names.key(resource.key)
    where = f"{names.key(earlier.key)} ({other.file}:{other.line})"
    if differing:
        pairs = [(name, *contrast(str(resource.body[name]), str(earlier.body[name]))) for name in differing]
        how = ", ".join(f"{name} is {here} here and {there} there" for name, here, there in pairs)
        message = f"{own} looks like {where}: {how}"
    else:
        message = f"{own} has the same {' and '.join(fields)} as {where}"
    return Diagnostic(
        LOOKALIKE_DOCUMENTS,
        message,
        "warning",
        location,
        pointer,
        resource.key,
        HELP,
    )
