"""Say how to allow what a guard refuses: with a line in the file of overrides, which pipelines read, or a flag."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import MISSING, FieldChange, Guard, Key, Plan
from rhythmconf.report.display import file_and_line, readable

IN_FILE = ("--allow", "--allow-updates", "--allow-deletes", "--ours", "--prune", "--retire")
"""The options that a file of overrides takes: `review.sh` refuses a line with any other."""
_LONG = 100
"""Characters of a value that a sentence shows."""


def advise(plan: Plan, guard: Guard) -> list[str]:
    """Return a sentence for each way to allow what a guard refuses, commands and values in backticks."""
    return [*_advise(plan, guard)] if not guard.ok else []


def _advise(plan: Plan, guard: Guard) -> Iterator[str]:
    for flag in guard.overrides:
        option = flag.partition(" ")[0]
        purpose = "To keep the value of the files" if option == "--ours" else "If this is intended"
        if option in IN_FILE:
            yield f"{purpose}, add the line `{flag}` to `overrides/{plan.fingerprint.environment}.txt`."
        elif option == "--theirs":
            yield from _keep_tenants_values(plan, guard)
    if guard.overrides:
        flags = " or ".join(f"`{flag}`" for flag in guard.overrides)
        only = "" if any(flag.partition(" ")[0] in IN_FILE for flag in guard.overrides) else "only "
        yield f"This can be allowed {only}at a terminal{'' if only else ' too'}: plan again with {flags}."


def _keep_tenants_values(plan: Plan, guard: Guard) -> Iterator[str]:
    """Yield where to write the tenant's value of each field in conflict: no file of overrides can do that."""
    key = Key.parse(guard.subject)
    # A report may show its plan with the kinds as people read them.
    keys = (key, Key(plan.names.kind(key.kind), key.name))
    for change in (change for change in plan.changes if change.key in keys):
        if change.action == "delete":
            yield "To keep the record, restore its document."
        else:
            yield from (_write_tenants_value(field) for field in change.fields if field.side == "conflict")


def _write_tenants_value(field: FieldChange) -> str:
    place = f" at `{file_and_line(field.location)}`" if field.location else " into the document"
    if field.old is MISSING:
        return f"To keep the state of the tenant, remove `{field.name}`{place}."
    value = readable(field.old, names=field.names)
    plain = len(value) <= _LONG and not {"`", "\n"} & {*value}
    return f"To keep the tenant's value of `{field.name}`, write {f'`{value}`' if plain else 'it'}{place}."
