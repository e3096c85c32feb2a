"""Each rule about bodies finds what it is for, at its place, and nothing in what is right."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from rhythmconf.catalog.load import load_shipped
from rhythmconf.insight.lint import Bodies, judge, judge_change
from rhythmconf.insight.lint.leaked_names import find_foreign
from rhythmconf.insight.lint.merge_fields import find_open_braces, tokens
from rhythmconf.model import Key, Record
from rhythmconf.settings import CalendarSettings, Environment
from rhythmconf.source.documents import Loaded
from tests.support.judging import (
    bodies,
    bounds,
    described,
    found_at,
    judged,
    notice,
    places,
    program,
    reminder,
    resolved,
    template,
)

TWO = program("cmsi") + program("rds")
GONE = "status_reason_ids: [gone]"
RESTRICTED = notice("n", "restrict_to_certain_programs: true, restricted_program_ids: [cmsi]")
AT_FIRST = "/renewal_reminder_options/reminders/0/reminder_notice_id"
RIGHT = TWO + notice("n") + template("t", reminder("60", "n"))


def test_what_is_right_has_no_finding() -> None:
    assert found_at(RIGHT) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("program_restriction: none", True),
        ("program_restriction: exclude\n    program_ids: [cmsi]", True),
        ("program_restriction: include\n    program_ids: [cmsi, rds]", True),
        ("program_restriction: exclude\n    program_ids: [rds]", False),
        ("program_restriction: include\n    program_ids: [cmsi]", False),
    ],
)
def test_a_notice_must_be_for_all_programs_of_its_step(options: str, found: bool) -> None:
    text = TWO + RESTRICTED + template("t", reminder("60", "n"), options=options)
    assert found_at(text) == [("RC720", "billingTemplate/t", AT_FIRST)] * found


def test_a_notice_may_leave_out_a_program_that_is_not_in_use() -> None:
    assert found_at(program("cmsi") + program("old", "false") + RESTRICTED + template("t", reminder("60", "n"))) == []


def test_the_message_names_the_programs_that_a_notice_lacks() -> None:
    [one] = judged(TWO + RESTRICTED + template("t", reminder("60 days", "n")))
    assert "billingTemplate/t renewal_reminder_options '60 days' uses notice/n" in one.message
    assert one.message.endswith("leaves out program/rds of this step")
    assert one.severity == "warning"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (notice("n").replace("is_active: true", "is_active: false") + template("t", reminder("60", "n")), AT_FIRST),
        (
            program("old", "false")
            + notice("n")
            + template("t", reminder("60", "n"), options="program_restriction: include\n    program_ids: [old]"),
            "/renewal_reminder_options/program_ids/0",
        ),
        (
            "kind: statusReason\nkey: gone\nspec: {name: Gone, is_active: false, applicable_statuses: [active]}\n"
            + notice("n")
            + template(
                "t", reminder("60", "n"), options="restrict_status_reasons: true\n    status_reason_ids: [gone]"
            ),
            "/renewal_reminder_options/status_reason_ids/0",
        ),
    ],
)
def test_a_step_must_not_refer_to_what_is_not_in_use(text: str, place: str) -> None:
    assert found_at(text) == [("RC721", "billingTemplate/t", place)]


def test_a_schedule_must_not_run_a_template_that_is_not_in_use_while_it_is_in_use_itself() -> None:
    text = RIGHT.replace("name: t\n  is_active: true", "name: t\n  is_active: false")
    assert found_at(text) == [("RC721", "recurringBillingRun/t", "/template_id")]
    assert found_at(text.replace("name: t, is_active: true", "name: t, is_active: false")) == []


def test_what_is_behind_a_switch_that_is_off_refers_to_nothing() -> None:
    text = program("old", "false") + notice("n")
    text += template("t", reminder("60", "n"), options="program_restriction: none\n    program_ids: [old]")
    assert found_at(text) == [("RC723", "billingTemplate/t", "/renewal_reminder_options/program_ids")]


@pytest.mark.parametrize("kind", ["notice", "applicationNotice"])
def test_a_restriction_needs_something_in_its_list(kind: str) -> None:
    text = notice("n", "restrict_to_certain_programs: true, restricted_program_ids: []", kind=kind)
    assert found_at(text) == [("RC722", f"{kind}/n", "/restrict_to_certain_programs")]
    assert found_at(notice("n", "restrict_to_certain_programs: false, restricted_program_ids: []", kind=kind)) == []


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ("program_restriction: none\n    program_ids: [cmsi]", "program_ids"),
        ("program_ids: [cmsi]", "program_ids"),
        ("training_provider_restriction: none\n    training_provider_ids: [prov-0]", "training_provider_ids"),
        ("restrict_application_types: false\n    application_types: [renewal]", "application_types"),
    ],
)
def test_a_list_behind_a_switch_that_is_off_has_no_effect(options: str, place: str) -> None:
    text = TWO + notice("n") + template("t", reminder("60", "n"), options=options)
    assert found_at(text) == [("RC723", "billingTemplate/t", f"/renewal_reminder_options/{place}")]


def test_a_notice_has_lists_without_effect_too() -> None:
    assert found_at(TWO + notice("n", "restricted_program_ids: [cmsi]")) == [
        ("RC723", "notice/n", "/restricted_program_ids")
    ]


def test_a_switch_that_the_tenant_decides_is_not_off() -> None:
    text = RIGHT.replace("program_restriction: none", "program_restriction: none\n    program_ids: [cmsi]")
    text = text.replace("key: t\n", "key: t\nunmanaged: [/renewal_reminder_options/program_restriction]\n", 1)
    assert found_at(text) == []


@pytest.mark.parametrize("kind", ["billingTemplate", "recurringBillingRun"])
def test_what_makes_runs_declares_whether_it_is_in_use(kind: str) -> None:
    before, _, after = RIGHT.partition(f"kind: {kind}")
    lacking = after.replace("  is_active: true\n", "", 1) if kind == "billingTemplate" else after
    lacking = lacking.replace(" is_active: true,", "", 1) if kind != "billingTemplate" else lacking
    assert found_at(f"{before}kind: {kind}{lacking}") == [("RC724", f"{kind}/t", "")]


def test_other_kinds_and_unmanaged_fields_need_no_declaration() -> None:
    assert found_at("kind: program\nkey: p\nspec: {name: P, customer_type: contact}\n") == []
    assert found_at(RIGHT.replace("key: t\n", "key: t\nunmanaged: [/is_active]\n", 1)) == []


@pytest.mark.parametrize("switch", ["  perform_drops: false\n", ""])
def test_options_that_are_switched_off_are_one_finding(switch: str) -> None:
    drops = f"{switch}  drop_options: {{program_restriction: none, program_ids: [old], {bounds(88, 61, 'before')}}}\n"
    text = program("old", "false") + notice("n") + template("t", reminder("60", "n"), more=drops)
    assert found_at(text) == [("RC725", "billingTemplate/t", "/drop_options")]


def test_a_template_in_use_must_do_something() -> None:
    text = "kind: billingTemplate\nkey: t\nspec: {name: T, is_active: true, perform_drops: false}\n"
    assert found_at(text) == [("RC725", "billingTemplate/t", "")]
    assert found_at(text.replace("is_active: true", "is_active: false")) == []


def test_two_steps_must_not_have_one_name() -> None:
    text = notice("a") + notice("b") + notice("c")
    text += template("t", reminder("60", "a"), reminder("30", "b", 30), reminder("60", "c", 7))
    assert found_at(text) == [("RC726", "billingTemplate/t", "/renewal_reminder_options/reminders/2/name")]


def test_two_steps_must_not_send_one_notice() -> None:
    drops = f"  perform_drops: true\n  drop_options: {{drop_notice_id: a, {bounds(88, 61, 'before')}}}\n"
    text = notice("a") + notice("b")
    text += template("t", reminder("60", "a"), reminder("30", "b", 30), reminder("7", "a", 7), more=drops)
    assert found_at(text) == [
        ("RC726", "billingTemplate/t", "/drop_options/drop_notice_id"),
        ("RC726", "billingTemplate/t", "/renewal_reminder_options/reminders/2/reminder_notice_id"),
    ]


def test_two_templates_may_send_one_notice() -> None:
    assert found_at(notice("n") + template("t", reminder("60", "n")) + template("u", reminder("60", "n"))) == []


RULES = """\
kind: expirationRuleSet
key: r
spec:
  name: R
  is_active: true
  default_expiration_options:
    expiration_type: anniversary
    anniversary_expiration_options:
      enable_fixed_expiration_dates: true
      fixed_expiration_dates:
        - {{expiration_date: '{}', range_start: '2026-01-01', range_end: '2026-12-31'}}
"""
ITEM = "/default_expiration_options/anniversary_expiration_options/fixed_expiration_dates/0"


@pytest.mark.parametrize(
    ("written", "zone", "found"),
    [
        ("2026-11-30", "UTC", True),
        ("2026-12-01", "UTC", False),
        ("2027-06-30", "UTC", False),
        ("2026-12-01T04:00:00Z", "America/New_York", True),  # still 30 November there
        ("2026-12-01T04:00:00Z", "UTC", False),
        ("some day", "UTC", False),
    ],
)
def test_a_fixed_date_must_not_have_passed(written: str, zone: str, found: bool) -> None:
    every = judged(RULES.format(written), calendar=CalendarSettings(zone=zone))
    findings = [one for one in every if one.code != "RC731"]
    assert places(findings) == [("RC727", "expirationRuleSet/r", ITEM)] * found
    assert all("Mon 30 Nov 2026 has passed" in one.message for one in findings)


@pytest.mark.parametrize("field", ["expiration_date", "range_start", "range_end"])
@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("'2027-02-30'", "February 2027 has 28 days: correct the day"),
        ("2027-02-30", "February 2027 has 28 days: correct the day"),
        ("31.12.2027", "write 2027-12-31"),
        ("12/31/2027", "write 2027-12-31"),
        ("01/02/2027", "write 2027-01-02 or 2027-02-01: the year first, then the month"),
        ("some day", "write year, month and day: 2026-12-01"),
    ],
)
def test_a_field_for_dates_must_have_a_date(field: str, written: str, help: str) -> None:
    text = re.sub(rf"{field}: '[^']*'", f"{field}: {written}", RULES.format("2027-06-30"))
    [finding] = judged(text)
    assert (finding.code, finding.severity, finding.pointer) == ("RC731", "warning", f"/spec{ITEM}/{field}")
    shown = written.strip("'")
    assert finding.message == f"expirationRuleSet/r: the {field} '{shown}' can't be read as a date"
    assert finding.help == help


def test_another_day_changes_what_has_passed() -> None:
    assert found_at(RULES.format("2026-11-30"), today=date(2026, 11, 30)) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Dear {{first_name}, bye", 5),
        ("Dear {{first_name", 5),
        ("Dear {first_name}}, bye", 5),
        ("Dear {{first {{last}}", 5),
        ("Dear first_name}}", 0),
        ("Dear {{first_name}}, {{ last_name }}", None),
        ("Dear {{{first_name}}}", None),
        ("<style>@media print {p {color: red}}</style> {{name}}", None),
        ("no braces, {one}, }:", None),
    ],
)
def test_double_braces_must_close(text: str, at: int | None) -> None:
    assert find_open_braces(text) == at


def test_broken_braces_are_found_in_every_text_of_a_notice() -> None:
    text = notice("n", "email: {subject: 'Hi {{name', body: '{{name}'}")
    assert found_at(text) == [("RC728", "notice/n", "/email/body"), ("RC728", "notice/n", "/email/subject")]


def test_the_message_shows_where_braces_are_open() -> None:
    [one] = judged(
        "kind: notice\nkey: n\nspec:\n  name: N\n  is_active: true\n  email:\n    subject: S\n    body: |\n"
        "      Dear member,\n      {{first_name}, bye\n"
    )
    assert one.message == "notice/n email.body: the braces of '{{first_name}, bye' in line 2 of the text don't close"
    assert one.location is not None
    assert one.location.line == 8


def live(text: str) -> Record:
    return Record(
        "certifications/notice", "1", {"id": "1", "name": "Live", "email": {"body": text}, "is_active": False}
    )


def change(text: str, before: str, *records: Record) -> list[str]:
    after = resolved(text)
    return described(
        judge_change(bodies(after), resolved(before).state.resources.keys(), bodies(after).bodies.keys(), records)
    )


def test_a_placeholder_that_no_notice_of_the_tenant_has_is_found_in_a_plan() -> None:
    text = notice("n", "email: {subject: Hi, body: 'Dear {{ frist_name }}, {{last_name}}'}")
    known = live("Dear {{first_name}} {{last_name}}")
    assert change(text, text, known) == ["RC728 n: notice/n email.body: no notice of this tenant has {{frist_name}}"]
    assert change(text, text, live("Dear {{frist_name}} {{last_name}}")) == []
    assert change(text, text, live("Dear member")) == []
    assert change(text, text) == []
    assert tokens("{{ a  b }} {{{c}}} {{}} {d}") == {"a b", "c"}


def test_a_placeholder_of_the_tenant_in_single_braces_is_found_in_a_plan() -> None:
    text = notice("n", "email: {subject: 'Dear {first_name}', body: 'p {color: red} ${last_name} { club }'}")
    known = live("Dear {{first_name}} {{last_name}}")
    one = "notice/n email.subject: {first_name} has single braces, and notices of this tenant have two"
    assert change(text, text, known) == [f"RC728 n: {one}"]
    assert change(text, text, live("Dear {{club}}")) == [
        "RC728 n: notice/n email.body: {club} has single braces, and notices of this tenant have two"
    ]
    assert change(text, text, live("Dear {first_name}")) == []


def test_a_new_program_joins_the_steps_that_do_not_leave_it_out() -> None:
    before = program("rds") + notice("n") + notice("m")
    before += template("all", reminder("60", "n"))
    before += template("but", reminder("60", "n"), options="program_restriction: exclude\n    program_ids: [rds]")
    before += template("only", reminder("60", "n"), options="program_restriction: include\n    program_ids: [rds]")
    after = before + program("clp") + template("new", reminder("60", "m"))
    assert change(after, before) == [
        f"RC729 clp: program/clp is new, and billingTemplate/{key} renewal_reminder_options takes it in"
        for key in ("all", "but")
    ]
    assert change(after, after) == []
    assert change(after, "") == []  # an empty tenant has no steps that could take anything in


def test_a_program_that_a_step_leaves_out_does_not_join() -> None:
    before = program("rds") + notice("n") + template("but", reminder("60", "n"))
    options = "program_restriction: exclude\n    program_ids: [clp]"
    after = program("rds") + program("clp") + notice("n") + template("but", reminder("60", "n"), options=options)
    assert change(after, before) == []


SANDBOX = Environment("sandbox", "hisp-sandbox", base_url="https://{module}.sandbox.example.org")
PRODUCTION = Environment("production", "hisp", base_url="https://api.example.com/{module}", protected=True)
BOTH = {"sandbox": SANDBOX, "production": PRODUCTION}


def leaks(body: str, environment: str, overlay: str = "") -> list[str]:
    found = resolved(notice("n", f"email: {{subject: Hi, body: '{body}'}}"))
    texts = [body.encode()]
    overlays = {"sandbox": Loaded((), (), {"overlays/sandbox/a.yaml": overlay.encode()})}
    judged_bodies = bodies(found, foreign=find_foreign(BOTH, overlays, environment, texts))
    return [one.message for one in judge(judged_bodies)]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("renew at https://hisp-sandbox.example.org/", "hisp-sandbox"),
        ("write to info@hisp-sandbox.example.org", "hisp-sandbox"),
        ("the tenant hisp-sandbox", "hisp-sandbox"),
    ],
)
def test_a_text_must_not_name_the_tenant_of_another_environment(body: str, name: str) -> None:
    assert leaks(body, "production") == [f"notice/n email.body holds '{name}', the tenant id of sandbox"]
    assert leaks(body, "sandbox") == []


@pytest.mark.parametrize("body", ["hisp-sandboxes", "not-hisp-sandbox", "the HISP program", "a hisp of it", "sandbox"])
def test_other_words_are_no_names(body: str) -> None:
    assert leaks(body, "production") == leaks(body, "sandbox") == []


def test_the_host_of_an_environment_is_a_name() -> None:
    assert leaks("see https://api.example.com/x", "sandbox") == [
        "notice/n email.body holds 'api.example.com', the host of production"
    ]


def test_an_address_that_only_another_overlay_names_is_found() -> None:
    overlay = "kind: notice\nkey: n\nspec: {email: {from: test@example.org}}\n"
    assert leaks("write to test@example.org", "production", overlay) == [
        "notice/n email.body holds 'test@example.org', which only the overlays of sandbox name"
    ]
    assert leaks("write to test@example.org", "sandbox", overlay) == []
    assert leaks("write to latest@example.org", "production", overlay) == []


def test_a_finding_stands_at_the_name_of_a_mapping_and_at_a_text_itself() -> None:
    drops = f"  perform_drops: false\n  drop_options: {{{bounds(88, 61, 'before')}}}\n"
    text = notice("n") + template("t", reminder("60", "n"), more=drops)
    [one] = judged(text)
    assert one.location is not None
    assert text.splitlines()[one.location.line - 1].startswith("  drop_options:")
    assert one.location.column == 3
    [whole] = judged("kind: billingTemplate\nkey: t\nspec:\n  name: T\n  is_active: true\n")
    assert (whole.location and whole.location.line, whole.pointer) == (3, "/spec")


def test_a_reference_to_a_key_that_has_a_record_only_is_judged_by_its_id() -> None:
    text = notice("n") + template("t", reminder("60", "n"), reminder("30", "id:abc", 30), reminder("7", "id:abc", 7))
    assert found_at(text) == [
        ("RC726", "billingTemplate/t", "/renewal_reminder_options/reminders/2/reminder_notice_id")
    ]
    assert Key("certifications/notice", "n") in bodies(resolved(text)).bodies


def test_only_the_fields_of_kinds_with_a_body_are_read() -> None:
    # Reading the fields of all kinds of all modules takes longer than planning a few documents.
    shipped = load_shipped()
    # Kinds are made once in a process, and another test may have read their fields.
    catalog = replace(shipped, kinds={name: replace(kind) for name, kind in shipped.kinds.items()})
    reason = Key("certifications/statusReason", "a")
    judge(Bodies({reason: {"name": "A"}}, catalog, date(2026, 1, 1), CalendarSettings()))
    assert [name for name, kind in catalog.kinds.items() if "root" in vars(kind)] == [reason.kind]
