"""Drop the fields that an environment doesn't manage from a merged spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rhythmconf.model import MISSING, Body, Diagnostic, Document, Fix, Json, Origin, at, tokens
from rhythmconf.model.suggest import did_you_mean, nearest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import MergedSpec
from rhythmconf.source.documents import Locator


def drop_unmanaged(merged: MergedSpec, locator: Locator, diagnostics: list[Diagnostic]) -> Body:
    """Return the spec without the fields that its documents list in `unmanaged`; problems go to `diagnostics`."""
    body = merged.spec
    for document in merged.documents:
        for position, field_pointer in enumerate(document.unmanaged):
            problem = _check(merged, field_pointer)
            if problem is None:
                body = _without(body, tokens(field_pointer))
            # An overlay for every document of a kind may name fields that only some of them declare: see below.
            elif problem.code != codes.UNMANAGED_UNDECLARED or not document.match:
                diagnostics.append(_located(problem, merged, document, f"/unmanaged/{position}", locator))
    return body


def check_matched(specs: Iterable[MergedSpec], locator: Locator) -> Iterator[Diagnostic]:
    """Yield a warning for each field that an overlay with `match` leaves unmanaged and no document declares."""
    declared: dict[tuple[Origin, int], bool] = {}
    where: dict[tuple[Origin, int], tuple[MergedSpec, Document]] = {}
    for merged in specs:
        for document in merged.documents:
            for position, field_pointer in enumerate(document.unmanaged if document.match else ()):
                entry = document.origin, position
                where[entry] = merged, document
                declared[entry] = declared.get(entry, False) or _check(merged, field_pointer) is None
    for (_, position), (merged, document) in where.items():
        problem = _check(merged, document.unmanaged[position])
        if problem and problem.code == codes.UNMANAGED_UNDECLARED and not declared[document.origin, position]:
            message = f"'{document.unmanaged[position]}' names no field that any {document.kind} declares"
            located = _located(problem, merged, document, f"/unmanaged/{position}", locator)
            yield located._replace(message=message, key=None)


def _check(merged: MergedSpec, field_pointer: str) -> Diagnostic | None:
    """Return why the field at `field_pointer` can't be dropped, not yet located; None where it can."""
    above, _, name = field_pointer.rpartition("/")
    container = at(merged.spec, above)
    if isinstance(container, list):
        return Diagnostic(
            codes.UNMANAGED_ITEM,
            f"'{field_pointer}' is an item of a list, and a list is managed as a whole",
            help=f"name the list: {above}",
        )
    if not isinstance(container, dict) or at(merged.spec, field_pointer) is MISSING:
        names = nearest(name, container) if isinstance(container, dict) else []
        return Diagnostic(
            codes.UNMANAGED_UNDECLARED,
            f"'{field_pointer}' names no field that {merged.key} declares",
            severity="warning",
            help=did_you_mean(names)
            or "remove it, unless the field was declared until now: then keep it until the next apply, which would "
            "remove the value from the tenant",
            fix=Fix.only(names, prefix=f"{above}/", safe=False),
        )
    return None


def _located(problem: Diagnostic, merged: MergedSpec, document: Document, entry: str, locator: Locator) -> Diagnostic:
    return problem._replace(location=locator.value(document.origin, entry), pointer=entry, key=merged.key)


def _without(value: Json, path: Sequence[str]) -> Body:
    """Return `value` without the member at `path`; only what is on the path is copied."""
    changed = _drop(value, path)
    return changed if isinstance(changed, dict) else {}


def _drop(value: Json, path: Sequence[str]) -> Json:
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_drop(item, rest) if str(position) == head else item for position, item in enumerate(value)]
    if not isinstance(value, dict) or head not in value:
        return value
    if not rest:
        return {name: member for name, member in value.items() if name != head}
    return {**value, head: _drop(value[head], rest)}
