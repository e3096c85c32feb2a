"""The rules by their codes. They are imported where all are needed: the code of a rule needs nothing of the others."""

from __future__ import annotations

from collections.abc import Mapping

from rhythmconf.insight.lint.active_undeclared import ACTIVE_UNDECLARED
from rhythmconf.insight.lint.allowances import ALLOWED_WITHOUT_REASON, ALLOWS_NOTHING
from rhythmconf.insight.lint.colliding_names import COLLIDING_NAMES
from rhythmconf.insight.lint.curly_quotes import CURLY_QUOTES
from rhythmconf.insight.lint.early_drops import EARLY_DROP
from rhythmconf.insight.lint.empty_restrictions import EMPTY_RESTRICTION
from rhythmconf.insight.lint.gaps import GAP
from rhythmconf.insight.lint.idle_templates import IDLE_TEMPLATE
from rhythmconf.insight.lint.ids_without_effect import IDS_WITHOUT_EFFECT
from rhythmconf.insight.lint.inactive_references import INACTIVE_REFERENCE
from rhythmconf.insight.lint.inverted_windows import INVERTED_WINDOW
from rhythmconf.insight.lint.joining_programs import PROGRAM_JOINS
from rhythmconf.insight.lint.leaked_names import LEAKED_NAME
from rhythmconf.insight.lint.lookalike_documents import LOOKALIKE_DOCUMENTS
from rhythmconf.insight.lint.lookalike_items import LOOKALIKE_ITEMS
from rhythmconf.insight.lint.lookalike_keys import LOOKALIKE_KEYS
from rhythmconf.insight.lint.merge_fields import MERGE_FIELD
from rhythmconf.insight.lint.misspelt_bindings import MISSPELT_BINDING
from rhythmconf.insight.lint.misspelt_overlays import MISSPELT_OVERLAY
from rhythmconf.insight.lint.no_documents import NO_DOCUMENTS
from rhythmconf.insight.lint.not_expired import NOT_EXPIRED
from rhythmconf.insight.lint.notice_programs import NOTICE_PROGRAMS
from rhythmconf.insight.lint.number_signs import NUMBER_SIGN
from rhythmconf.insight.lint.open_readings import OPEN_READING
from rhythmconf.insight.lint.overlapping_steps import OVERLAPPING_STEPS
from rhythmconf.insight.lint.past_dates import PAST_DATE
from rhythmconf.insight.lint.repeated_steps import REPEATED_STEP
from rhythmconf.insight.lint.repeats import REPEAT
from rhythmconf.insight.lint.schedule_meanings import UNUSED_MEANING
from rhythmconf.insight.lint.unclear_numbers import UNCLEAR_NUMBER
from rhythmconf.insight.lint.unknown_schedules import UNKNOWN_SCHEDULE
from rhythmconf.insight.lint.unportable_names import UNPORTABLE_NAME
from rhythmconf.insight.lint.unread_dates import UNREAD_DATE
from rhythmconf.insight.lint.unseen_in_names import UNSEEN_IN_NAME
from rhythmconf.insight.lint.unused_bindings import UNUSED_BINDING
from rhythmconf.model.code import Rule

RULES: Mapping[str, Rule] = {
    str(rule): rule
    for rule in (
        MISSPELT_BINDING,
        MISSPELT_OVERLAY,
        UNUSED_BINDING,
        NO_DOCUMENTS,
        LOOKALIKE_DOCUMENTS,
        LOOKALIKE_KEYS,
        LOOKALIKE_ITEMS,
        UNSEEN_IN_NAME,
        CURLY_QUOTES,
        NUMBER_SIGN,
        UNUSED_MEANING,
        UNPORTABLE_NAME,
        COLLIDING_NAMES,
        ALLOWED_WITHOUT_REASON,
        ALLOWS_NOTHING,
        NOTICE_PROGRAMS,
        INACTIVE_REFERENCE,
        EMPTY_RESTRICTION,
        IDS_WITHOUT_EFFECT,
        ACTIVE_UNDECLARED,
        IDLE_TEMPLATE,
        REPEATED_STEP,
        PAST_DATE,
        MERGE_FIELD,
        PROGRAM_JOINS,
        LEAKED_NAME,
        UNREAD_DATE,
        UNKNOWN_SCHEDULE,
        INVERTED_WINDOW,
        GAP,
        REPEAT,
        OVERLAPPING_STEPS,
        EARLY_DROP,
        NOT_EXPIRED,
        OPEN_READING,
        UNCLEAR_NUMBER,
    )
}
"""The rules whose severity `lint:` may set, by code."""
