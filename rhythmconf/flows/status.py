"""Find out what a key is in each environment: by the files alone, or by what each tenant has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rhythmconf.catalog import Kind
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.flows.compose import identify
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.validate import resolve_documents
from rhythmconf.flows.values import Flow
from rhythmconf.model import DesiredState, Key, KeyStatus
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state

NONE: Mapping[str, Refused] = MappingProxyType({})
"""No environment is refused."""


def status_in_files(project: Project, key: Key) -> list[KeyStatus]:
    """Return what the files and the bindings say of a key, for each environment."""
    return [*_by_files(project, key)]


def status_in_tenants(project: Project, key: Key, refused: Mapping[str, Refused] = NONE) -> Flow[list[KeyStatus]]:
    """Return the same with the record that each tenant has; a tenant that can't be asked gives the reason.

    `refused` has the environments whose access settings somebody did not confirm: their tenants are not asked.
    """
    statuses = []
    for status in _by_files(project, key):
        try:
            if (refusal := refused.get(status.environment)) is not None:
                raise refusal
            statuses.append((yield from _by_tenant(project, key, status)))
        except RhythmconfError as error:
            statuses.append(status._replace(text=f"not known: {error.message}", exists=True))
    return statuses


def _found_by(kind: Kind) -> str:
    """Return how the record of a document without a binding is found."""
    if kind.is_singleton:
        return "the only record of its kind"
    return "found by its mark, or its natural key" if kind.natural_key else "found by its mark"


def _by_files(project: Project, key: Key) -> Iterator[KeyStatus]:
    for name in project.settings.environments:
        state = resolve_documents(project, name).state
        binding = project.bindings.get(name, {}).get(key)
        resource = state.resources.get(key)
        if key in state.skipped:
            text = "skipped"
        elif resource is not None:
            text = "bound" if binding else _found_by(project.catalog.kind(key.kind))
        else:
            text = "bound, without a document" if binding else "no document"
        files = tuple(origin.file for origin in resource.origins) if resource else ()
        exists = binding is not None or resource is not None or key in state.skipped
        yield KeyStatus(name, text, binding.id if binding else None, files, exists=exists)


def _by_tenant(project: Project, key: Key, status: KeyStatus) -> Flow[KeyStatus]:
    environment = project.settings.environment(status.environment)
    state = resolve_documents(project, environment.name).state
    same_kind = {other: resource for other, resource in state.resources.items() if other.kind == key.kind}
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        live = yield from live_state.fetch(client, [project.catalog.kind(key.kind)])
    identity = identify(DesiredState(same_kind, state.skipped), live, project.site(environment))
    for diagnostic in identity.diagnostics:
        if diagnostic.key == key:
            id = identity.ids.get(key)
            return status._replace(text=diagnostic.message, id=id, help=diagnostic.help, exists=True)
    for pair in (*identity.pairs, *identity.orphans):
        if pair.key == key and pair.record is not None:
            reason = pair.reason if pair.resource else f"{pair.reason}, without a document"
            return status._replace(text=reason, id=pair.record.id, exists=True, live=pair.record.body)
    for record in live.records.get(key.kind, ()):
        if record.id == key.name:
            owner = next(
                (other for other, id in identity.ids.items() if (other.kind, id) == (key.kind, record.id)), None
            )
            named = f"; its key is {project.catalog.names.key(owner)}" if owner else ", without a key"
            return status._replace(text=f"found by its id{named}", id=record.id, exists=True, live=record.body)
    return status._replace(text=f"{status.text}; the tenant has no record of it", id=None)
