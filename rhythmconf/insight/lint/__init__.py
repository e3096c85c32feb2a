"""Judge what valid files mean: one module for each rule, with its code and its documentation.

A rule about files is a function from a Subject to Diagnostics, one about bodies is a function from a Survey to Findings
(see `bodies.py`). A new rule goes into CHECKS or JUDGEMENTS below, its code into RULES in `rules.py`, its module into
MODULES of `cli/code_reference.py`, and its code into `lint` of `settings/project.schema.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from rhythmconf.insight.lint.active_undeclared import check_active_undeclared
from rhythmconf.insight.lint.allowances import Allowance, check_allowances, suppress
from rhythmconf.insight.lint.bodies import Bodies, Finding, Survey, survey
from rhythmconf.insight.lint.colliding_names import check_colliding_names
from rhythmconf.insight.lint.curly_quotes import check_curly_quotes
from rhythmconf.insight.lint.empty_restrictions import check_empty_restrictions
from rhythmconf.insight.lint.idle_templates import check_idle_templates
from rhythmconf.insight.lint.ids_without_effect import check_ids_without_effect
from rhythmconf.insight.lint.inactive_references import check_inactive_references
from rhythmconf.insight.lint.joining_programs import check_joining_programs
from rhythmconf.insight.lint.leaked_names import check_leaked_names
from rhythmconf.insight.lint.locate import locate
from rhythmconf.insight.lint.lookalike_documents import LOOKALIKE_DOCUMENTS, check_lookalike_documents
from rhythmconf.insight.lint.lookalike_items import LOOKALIKE_ITEMS, check_lookalike_items
from rhythmconf.insight.lint.lookalike_keys import check_lookalike_keys
from rhythmconf.insight.lint.merge_fields import check_merge_fields, check_new_merge_fields
from rhythmconf.insight.lint.misspelt_bindings import check_misspelt_bindings
from rhythmconf.insight.lint.misspelt_overlays import check_misspelt_overlays
from rhythmconf.insight.lint.no_documents import check_no_documents
from rhythmconf.insight.lint.notice_programs import check_notice_programs
from rhythmconf.insight.lint.number_signs import check_number_signs
from rhythmconf.insight.lint.past_dates import check_past_dates
from rhythmconf.insight.lint.repeated_steps import REPEATED_STEP, check_repeated_steps
from rhythmconf.insight.lint.severities import apply_levels
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.insight.lint.unportable_names import check_unportable_names
from rhythmconf.insight.lint.unread_dates import check_unread_dates
from rhythmconf.insight.lint.unseen_in_names import UNSEEN_IN_NAME, check_unseen_in_names
from rhythmconf.insight.lint.unused_bindings import check_unused_bindings
from rhythmconf.model import Diagnostic, Key, Record


def check_runs(found: Survey) -> Iterator[Finding]:
    """Yield the findings about runs. Nothing is imported for a project without templates and schedules."""
    if any(kind.steps or kind.schedule for kind in found.kinds):
        from rhythmconf.insight.lint.runs import judge_runs

        yield from judge_runs(found.subject)


__all__ = ["Bodies", "Finding", "Subject", "apply_settings", "judge", "judge_change", "lint", "locate"]

CHECKS: tuple[Callable[[Subject], Iterator[Diagnostic]], ...] = (
    check_lookalike_documents,
    check_lookalike_items,
    check_lookalike_keys,
    check_misspelt_bindings,
    check_misspelt_overlays,
    check_no_documents,
    check_unportable_names,
    check_colliding_names,
    check_unseen_in_names,
    check_curly_quotes,
    check_number_signs,
    check_unused_bindings,
)
JUDGEMENTS: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    check_notice_programs,
    check_inactive_references,
    check_empty_restrictions,
    check_ids_without_effect,
    check_active_undeclared,
    check_idle_templates,
    check_repeated_steps,
    check_past_dates,
    check_unread_dates,
    check_merge_fields,
    check_leaked_names,
    check_runs,
)


def lint(subject: Subject, about_bodies: Iterable[Finding]) -> list[Diagnostic]:
    """Return the findings about the files of an environment, and those about the bodies of its documents."""
    judged = locate(about_bodies, subject.desired)
    repeated = {(finding.key, finding.pointer) for finding in judged if finding.code == REPEATED_STEP}
    found = [finding._replace(found_by="rule") for check in CHECKS for finding in check(subject)]
    alike = {(finding.key, finding.pointer) for finding in found if finding.code == LOOKALIKE_DOCUMENTS}
    # Two steps of one name are also two items that look the same: RC726 says what that means for steps. RC232
    # shows what can't be seen in a name.
    left_out: Mapping[str, set[tuple[Key | None, str]]] = {LOOKALIKE_ITEMS: repeated, UNSEEN_IN_NAME: alike}
    return [one for one in found if (one.key, one.pointer) not in left_out.get(one.code, ())] + judged


def judge(bodies: Bodies) -> list[Finding]:
    """Return the findings about bodies: those of the documents, or of the records as a plan leaves them."""
    found = survey(bodies)
    return [finding for rule in JUDGEMENTS for finding in rule(found)]


def judge_change(
    after: Bodies, before: Collection[Key], changed: Collection[Key], live: Iterable[Record]
) -> list[Finding]:
    """Return the findings that need a tenant: what a plan leaves (`after`), compared with what is there.

    `before` are the keys that have a record, `changed` those that the plan changes, and `live` are all records that
    were read.
    """
    return [*check_new_merge_fields(after, changed, live), *check_joining_programs(after, before)]


def apply_settings(
    findings: Iterable[Diagnostic], levels: Mapping[str, str], allowances: Iterable[Allowance]
) -> list[Diagnostic]:
    """Return findings with the severities that the project sets (`levels`), and with the reasons of comments.

    Comments that can have no effect are findings too.
    """
    allowances = [*allowances]
    found = [*findings]
    if allowances:
        from rhythmconf.insight.lint.rules import RULES

        found += check_allowances(allowances, RULES)
    return [*suppress(apply_levels(found, levels), allowances)]
