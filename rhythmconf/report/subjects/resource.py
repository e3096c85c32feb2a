"""Write one resource: its desired state, and what it is in each environment."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator, Sequence

from rhythmconf.model import Binding, Json, Key, KeyStatus, Resource, dump
from rhythmconf.model.quoting import shown_name
from rhythmconf.report.terminal import Line


def text(
    key: Key, resource: Resource | None, binding: Binding | None, statuses: Sequence[KeyStatus] = ()
) -> Iterator[Line]:
    """Yield the key, its files, its status in each environment, and the merged document.

    `resource` is None if no document declares the key in the chosen environment.
    """
    yield [("bold", str(key)), ("dim", f"  bound to {shown_name(binding.id)}" if binding else "")]
    for origin in resource.origins if resource else ():
        yield [("dim", f"  from {origin.file}")]
    if resource and resource.protect:
        yield [("yellow", "  protected")]
    width = max((len(status.environment) for status in statuses), default=0)
    for status in statuses:
        id = f"  id {shown_name(status.id)}" if status.id else ""
        yield [("bold", f"  {status.environment:<{width}}"), ("plain", f"  {status.text}"), ("dim", id)]
        if status.help:
            yield [("cyan", f"  {'':<{width}}  help: "), ("plain", status.help)]
    for status in statuses:
        if status.live is not None:
            yield [("bold", f"  in {status.environment}:")]
            for line in json_module.dumps(status.live, indent=2, ensure_ascii=False).splitlines():
                yield [("plain", f"  {line}")]
    if resource and any(status.live is not None for status in statuses):
        yield [("bold", "  in the files:")]
    body = json_module.dumps(resource.body, indent=2, ensure_ascii=False) if resource else ""
    for line in body.splitlines():
        yield [("plain", f"  {line}")]


def json(key: Key, resource: Resource | None, binding: Binding | None, statuses: Sequence[KeyStatus] = ()) -> str:
    """Return the resource as JSON; members are null if no document declares the key."""
    environments: list[Json] = [
        {
            "environment": status.environment,
            "is": status.text,
            "id": status.id,
            "files": list(status.files),
            "live": status.live,
        }
        for status in statuses
    ]
    return dump(
        {
            "kind": key.kind,
            "key": key.name,
            "id": binding.id if binding else None,
            "files": [origin.file for origin in resource.origins] if resource else [],
            "protect": resource.protect if resource else None,
            "environments": environments,
            "spec": resource.body if resource else None,
        }
    )
