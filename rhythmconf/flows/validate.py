"""Validate the files of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple, TypeAlias

from rhythmconf.engine import diff
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import clock, codes, deleted
from rhythmconf.flows.judged import Judge, judge_alike, judge_once
from rhythmconf.insight.lint import Bodies, Finding, Subject, apply_settings, judge, judge_change, lint, locate
from rhythmconf.insight.lint.allowances import check_unused, read_allowances
from rhythmconf.insight.lint.bodies import has_more
from rhythmconf.insight.lint.leaked_names import find_foreign
from rhythmconf.insight.lint.schedule_meanings import check_meaning_keys, check_meanings
from rhythmconf.insight.lint.severities import apply_levels
from rhythmconf.model import Body, Diagnostic, Identity, Key, LiveState, Record
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.source import desired
from rhythmconf.source.desired import Desired, in_order
from rhythmconf.source.desired.codes import NO_TARGET
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project.values import Project, Site

Identifier: TypeAlias = tuple[tuple[str, int, int], str, str]
"""Place, code and message of a diagnostic."""


class Compared(NamedTuple):
    """Which record each document means, and how the two differ."""

    identity: Identity
    comparison: diff.Comparison


class Invalid(RhythmconfError):
    """The files have errors; `diagnostics` has them all."""

    code = codes.INVALID_FILES

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(diagnostic.prevents_plan for diagnostic in diagnostics)
        help = "correct them; nothing was sent"
        super().__init__(f"{counted(errors, 'error')} in the files", help=help, diagnostics=diagnostics)


def validate(project: Project, environments: Iterable[str], today: date | None = None) -> list[Diagnostic]:
    """Return the diagnostics of some environments, each once; its help is for the first of them.

    They are in the order of their places, behind the errors that hide keys and so cause others.

    Dates are judged as of `today`, by default the date in the zone of each environment.
    """
    names = [*environments]
    alike = judge_alike()
    resolved = [_explained(project, name, today, alike) for name in reversed(names)]
    every = [diagnostic for one in resolved for diagnostic in one.diagnostics]
    if set(names) >= project.settings.environments.keys():
        # Only all environments together show that something is about nothing: it may be about one of them.
        if allowances := read_allowances(project.texts):
            every += check_unused(allowances, every, _rules_to_judge(project.settings.environments.values()))
        every += _check_meaning_keys(project, None, resolved)
    once = {identify(diagnostic): diagnostic for diagnostic in every}
    return sorted((once[identity] for identity in sorted(once)), key=lambda one: not (one.fails and one.hides_keys))


def _rules_to_judge(environments: Iterable[Environment]) -> set[str]:
    """Return the rules whose findings `validate` has all: those that are off nowhere, and that need no tenant."""
    from rhythmconf.insight.lint.rules import RULES

    off = {code for environment in environments for code, level in environment.lint.items() if level == "off"}
    return {code for code, rule in RULES.items() if code not in off and not rule.in_plans}


def _levels(project: Project, environment: str | None) -> Mapping[str, str]:
    """Return the severities of rules in an environment, or in the whole project."""
    settings = project.settings
    return settings.lint if environment is None else settings.environments[environment].lint


def resolve(project: Project, environment: str, today: date | None = None, judge_bodies: Judge = judge) -> Desired:
    """Resolve the desired State of one environment and lint it as of `today`, with all diagnostics."""
    resolved = resolve_documents(project, environment)
    bodies = read_bodies(project, resolved, environment, today)
    subject = Subject(resolved, project.bindings.get(environment, {}), project.settings.sources)
    found = lint(subject, judge_once(project, environment, bodies, judge_bodies))
    findings = apply_settings(found, _levels(project, environment), read_allowances(project.texts))
    findings += [*check_meanings(project.settings, environment), *_check_meaning_keys(project, environment, [resolved])]
    return resolved._replace(diagnostics=in_order([*resolved.diagnostics, *findings])) if findings else resolved


def _check_meaning_keys(project: Project, environment: str | None, resolved: Iterable[Desired]) -> Iterator[Diagnostic]:
    """Warn about meanings under `calendar:` of an environment, or of the project, that no schedule has."""
    resolved = [*resolved]
    if not any(one.names.may_lack_documents for one in resolved):
        kinds = project.catalog.kinds
        declared = {key for one in resolved for key in one.key_set.declared if key.kind in kinds}
        known = {key.name for key in declared if kinds[key.kind].schedule}
        yield from apply_levels(check_meaning_keys(project.settings, environment, known), _levels(project, environment))


def resolve_documents(project: Project, environment: str) -> Desired:
    """Resolve the desired State of one environment, with the diagnostics of checks alone."""
    return desired.resolve(
        project.base,
        project.overlays.get(environment, Loaded((), ())),
        catalog=project.catalog,
        environment=environment,
        bindings=project.bindings.get(environment, {}),
        texts=project.texts,
    )


def read_bodies(project: Project, resolved: Desired, environment: str, today: date | None = None) -> Bodies:
    """Return the bodies of the documents of one environment, to be judged as of `today`."""
    settings = project.settings
    calendar = settings.environments[environment].calendar
    return Bodies(
        {key: resource.body for key, resource in resolved.state.resources.items()},
        project.catalog,
        today or clock.today(calendar.zone),
        calendar,
        {key: resource.unmanaged for key, resource in resolved.state.resources.items() if resource.unmanaged},
        find_foreign(settings.environments, project.overlays, environment, project.texts.values()),
    )


def resolve_valid(project: Project, environment: str, today: date | None = None) -> Desired:
    """Resolve the desired State of one environment, linted as of `today`. Raises Invalid where the files have errors.

    The errors of rules are no reason to raise: a plan shows them, and only an apply refuses.
    """
    result = _explained(project, environment, today)
    if any(diagnostic.prevents_plan for diagnostic in result.diagnostics):
        raise Invalid(result.diagnostics)
    return result


def _explained(project: Project, environment: str, today: date | None = None, judge_bodies: Judge = judge) -> Desired:
    resolved = resolve(project, environment, today, judge_bodies)
    if all(one.code != NO_TARGET for one in resolved.diagnostics):
        return resolved
    return deleted.explain_deleted(project, environment, resolved)


def judge_plan(
    project: Project, declared: Desired, site: Site, compared: Compared, live: LiveState, today: date | None = None
) -> list[Diagnostic]:
    """Return the diagnostics of the files, and the further findings about what a plan leaves in the tenant.

    A record also has what its document doesn't declare. So findings about a document that don't hold for its record as
    the plan leaves it are left out. `live` are all records that were read.
    """
    bodies = read_bodies(project, declared, site.environment.name, today)
    after = bodies._replace(bodies={**bodies.bodies, **_find_fuller(compared, site)}, unmanaged={})
    # A document that the plan leaves out counts as if the tenant had it: nothing shows whether that is so.
    pairs = {pair.key: pair.record for pair in compared.identity.pairs}
    left_out = [one for key, one in declared.state.resources.items() if key not in pairs]
    records = [*live.all(), *(Record(one.key.kind, one.key.name, one.body) for one in left_out)]
    before = {one.key for one in left_out} | {key for key, record in pairs.items() if record is not None}
    changed = {difference.change.key for difference in compared.comparison.differences}
    findings = judge_change(after, before, changed, records)
    disproved: set[Identifier] = set()
    if after.bodies != bodies.bodies:
        judged = judge(after)
        findings += judged
        disproved = _find_disproved(judge_once(project, site.environment.name, bodies), judged, declared)
    of_files = [one for one in declared.diagnostics if one.found_by != "rule" or identify(one) not in disproved]
    if not findings:
        return of_files
    known = {identify(diagnostic) for diagnostic in declared.diagnostics}
    found = apply_settings(locate(findings, declared), site.environment.lint, read_allowances(project.texts))
    return [*of_files, *(finding for finding in in_order(found) if identify(finding) not in known)]


def _find_disproved(about_files: Iterable[Finding], after: Iterable[Finding], declared: Desired) -> set[Identifier]:
    """Return what identifies the findings about documents that their records, as a plan leaves them, don't have.

    What a document doesn't say is true of it whatever the record has.
    """
    # Only what is gone is located: of thousands of findings, most hold for both.
    holds = {one[:4] for one in after}
    gone = [one for one in about_files if not one.rule.of_files and one[:4] not in holds]
    return {identify(one) for one in locate(gone, declared)}


def _find_fuller(compared: Compared, site: Site) -> Mapping[Key, Body]:
    """Return the records that a plan leaves with values that rules look at and that no document declares."""
    kinds = site.catalog.kinds
    fuller = {
        pair.key
        for pair in compared.identity.pairs
        if pair.record is not None
        and pair.resource is not None
        and has_more(kinds[pair.key.kind], pair.resource.body, pair.record.body)
    }
    if not fuller:
        return {}
    return diff.before_and_after(compared.identity, compared.comparison, site.catalog, fuller).after


def identify(diagnostic: Diagnostic) -> Identifier:
    """Return what makes a diagnostic the same in another environment: place, code and message."""
    location = diagnostic.location
    position = (location.file, location.line, location.column) if location else ("", 0, 0)
    return position, diagnostic.code, diagnostic.message
