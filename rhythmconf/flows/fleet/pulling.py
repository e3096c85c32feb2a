"""Pull the tenant of one member into its files, and sum up what was written."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.engine.pull import Pulled
from rhythmconf.errors import UsageError
from rhythmconf.flows import events
from rhythmconf.flows.connect import connect
from rhythmconf.flows.fleet.summaries import begin, describe_command, digest_changes
from rhythmconf.flows.fleet.values import Order
from rhythmconf.flows.history import find_history
from rhythmconf.flows.pull import PullChoices, check_writable, make_scope, open_for_writing, pull, use_named, write
from rhythmconf.model import Json
from rhythmconf.model.fleet import OUTLINED, MemberSummary
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.fleet import Fleet


def check_separate(fleet: Fleet, choices: PullChoices) -> None:
    """Raise UsageError for members that have the same files, of which the last would overwrite all others."""
    first: dict[str, str] = {}
    for member in fleet.members:
        other = first.setdefault(member.project, member.name)
        if other != member.name and not (choices.as_overlay or choices.dry_run):
            raise UsageError(
                f"{other} and {member.name} are environments of one project: one pull would overwrite the other",
                where=member.project,
                help=f"write what differs into overlays, with --as-overlay, or pull one: --select name={other}",
            )


def pull_member(order: Order, choices: PullChoices, settings: Settings, environment: Environment) -> MemberSummary:
    """Pull one member as `rhythmconf pull` does: the same files are written, and the same ones refused."""
    project = use_named(open_for_writing(settings), choices.what)
    base = None
    if choices.needs_base:
        history = events.run(find_history(project, environment, None, connect(project, environment)))
        base = history.base_state
    given, pulled = events.run(pull(project, environment, make_scope(project, choices, base)))
    if choices.dry_run:
        check_writable(settings, given, pulled)
    else:
        write(project, given, pulled)
    return _summarise(order, choices, environment, pulled)._replace(
        reason=". ".join(_list_doubts(choices, environment, pulled, has_base=base is not None))
    )


def _summarise(order: Order, choices: PullChoices, environment: Environment, pulled: Pulled) -> MemberSummary:
    names = pulled.names
    revised = [*dict.fromkeys(revision.key for revision in pulled.revisions)]
    outline = [
        *(f"add {names.key(new.key)}" for new in pulled.new),
        *(f"change {names.key(key)}" for key in revised),
        *(f"bind {names.key(binding.key)}" for binding in pulled.binds),
    ]
    return begin(order, environment, "unchanged")._replace(
        state=("changes" if choices.dry_run else "pulled") if pulled.files else "unchanged",
        create=len(pulled.new),
        update=len(revised),
        findings=sum(diagnostic.severity == "warning" for diagnostic in pulled.diagnostics),
        command=describe_command(order) if choices.dry_run and pulled.files else "",
        equal=digest_changes(_list_changes(pulled)),
        outline=tuple(outline[:OUTLINED]),
    )


def _list_changes(pulled: Pulled) -> Iterator[list[Json]]:
    """Yield what is written, without ids: the same for tenants whose records are the same."""
    for new in pulled.new:
        yield [str(new.key), new.document]
    for revision in pulled.revisions:
        yield [str(revision.key), [*revision.path], revision.old, revision.new]


def _list_doubts(choices: PullChoices, environment: Environment, pulled: Pulled, *, has_base: bool) -> Iterator[str]:
    if choices.needs_base and not has_base:
        yield f"no base is known for {environment.name}: every difference counts as drift"
    if count := len(pulled.without_record):
        yield f"{counted(count, 'document')} {'has' if count == 1 else 'have'} no record in {environment.name}"
