"""List the documents of an environment and the records of its tenant side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rhythmconf.flows.compose import identify
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.optional_kinds import optional_kinds
from rhythmconf.flows.validate import resolve_documents
from rhythmconf.flows.values import Flow
from rhythmconf.flows.without_key import find_without_key
from rhythmconf.model import DesiredState, Identity, LiveState, Pair
from rhythmconf.model.listing import Listed, Listing, Presence
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state


def list_side_by_side(project: Project, environment: Environment, kinds: Collection[str]) -> Flow[Listing]:
    """Return every document and every record of some (qualified) kinds, sorted by kind and key; of all if empty.

    Of all, a kind may be missing that the tenant refuses to list, if the project has no document or binding of it.
    """
    wanted = kinds or [name for name, kind in project.catalog.kinds.items() if kind.is_managed]
    declared = resolve_documents(project, environment.name).state
    resources = {key: resource for key, resource in declared.resources.items() if key.kind in wanted}
    state = DesiredState(resources, frozenset(key for key in declared.skipped if key.kind in wanted))
    site = project.site(environment)
    optional = optional_kinds(site, declared) - {*kinds}
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        fetched = [project.catalog.kind(name) for name in sorted(wanted)]
        live = yield from live_state.fetch(client, fetched, optional)
    identity = identify(state, live, site)
    found = [*_of_keys(state, identity), *_without_key(identity, live)]
    found.sort(key=lambda one: (one.kind, one.key is None, one.key or ("", ""), one.name, one.id))
    return Listing(tuple(found), live.unlisted)


def _of_keys(state: DesiredState, identity: Identity) -> Iterator[Listed]:
    """Yield every key: of documents, of records of this project without one, and of documents that are skipped here."""
    for pair in (*identity.pairs, *identity.orphans):
        yield _of_pair(pair)
    decided = {pair.key for pair in identity.pairs}
    for key, resource in state.resources.items():
        if key not in decided:
            yield Listed(key.kind, key, "undecided", file=resource.origins[0].file)
    for key in state.skipped:
        yield Listed(key.kind, key, "skipped", identity.ids.get(key, ""))


def _of_pair(pair: Pair) -> Listed:
    file = pair.resource.origins[0].file if pair.resource and pair.resource.origins else ""
    body = pair.record.body if pair.record else pair.resource.body if pair.resource else {}
    name = body.get("name")
    presence: Presence = "record only" if pair.resource is None else "both" if pair.record else "document only"
    id = pair.record.id if pair.record else ""
    return Listed(pair.key.kind, pair.key, presence, id, name if isinstance(name, str) else "", file)


def _without_key(identity: Identity, live: LiveState) -> Iterator[Listed]:
    for record in find_without_key(identity, live):
        yield Listed(record.kind, None, "record only", record.id, record.name, project=record.project)
