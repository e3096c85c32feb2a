"""The shipped schemas are valid and consistent, and agree with the API reference.

Expected enums and requirements are typed from the API reference, not read from the schemas.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from rhythmconf.catalog import load, qualify, widen_all

Schema = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "schemas"
META = Draft202012Validator(json.loads((FOLDER / "meta.json").read_text("utf-8")), registry=Registry())
SCHEMAS: dict[str, Schema] = {
    f"{path.parent.name}/{path.stem}".removeprefix("certifications/"): json.loads(path.read_text("utf-8"))
    for path in sorted(FOLDER.glob("*/*.json"))
}
CATALOG = widen_all(load([FOLDER], module="certifications"))
SEGMENTS = {
    "activityType": "activityTypes",
    "appReferenceProcess": "appReferenceProcesses",
    "appStatusReason": "appStatusReasons",
    "applicationFee": "applicationFees",
    "applicationNotice": "applicationNotices",
    "applicationProcess": "applicationProcesses",
    "billingTemplate": "billingTemplates",
    "courseFee": "courseFees",
    "courseType": "courseTypes",
    "creditType": "creditTypes",
    "examNotice": "examNotices",
    "expirationRuleSet": "expirationRuleSets",
    "fee": "fees",
    "licenseType": "licenseTypes",
    "membership/applicationProcess": "applicationProcesses",
    "membership/billingNotice": "billingNotices",
    "membership/billingTemplate": "billingTemplates",
    "membership/idCardTemplate": "idCardTemplates",
    "membership/membershipType": "types",
    "membership/package": "packages",
    "membership/statusReason": "statusReasons",
    "notice": "notices",
    "platform/customField": "customFields",
    "program": "programs",
    "programGroup": "programGroups",
    "projectType": "projectTypes",
    "recurringBillingRun": "recurringBillingRuns",
    "settings": "settings",
    "statusReason": "statusReasons",
}
OPTIONS_OF_SWITCH = {
    "activate_applications": "application_activation_options",
    "bill_training_providers": "training_provider_billing_options",
    "expire_applications": "application_expiration_options",
    "forecast_renewals": "renewal_forecasting_options",
    "perform_drops": "drop_options",
    "send_application_reminders": "application_reminder_options",
    "send_renewal_reminders": "renewal_reminder_options",
}
RESTRICTIONS = {"exclude", "include", "none"}
POSITIONS = {"after", "before", "on"}
UNITS = {"days", "months", "weeks", "years"}
ANCHORS = {
    "the beginning of the month",
    "the beginning of the quarter",
    "the beginning of the week",
    "the beginning of the year",
    "the end of the month",
    "the end of the quarter",
    "the end of the week",
    "the end of the year",
    "the reference date",
}


def resolved(field: Schema, schema: Schema) -> Schema:
    """Return the field with its local `$ref` resolved; keywords beside the `$ref` override it."""
    if "$ref" not in field:
        return field
    definition: Schema = schema["$defs"][field["$ref"].removeprefix("#/$defs/")]
    return definition | field


def walk(field: Schema, schema: Schema, path: str = "") -> Iterator[tuple[str, Schema, dict[str, Schema]]]:
    """Yield every field below this one: its path (`*` for items), the field, and its siblings by name."""
    members = {name: resolved(member, schema) for name, member in field.get("properties", {}).items()}
    for name, member in members.items():
        yield f"{path}/{name}", member, members
        yield from walk(member, schema, f"{path}/{name}")
    if "items" in field:
        yield from walk(resolved(field["items"], schema), schema, f"{path}/*")


def fields() -> Iterator[tuple[str, str, Schema, dict[str, Schema]]]:
    for kind, schema in SCHEMAS.items():
        for path, field, siblings in walk(schema, schema):
            yield kind, path, field, siblings


def at(kind: str, path: str) -> Schema:
    return next(field for at, field, _ in walk(SCHEMAS[kind], SCHEMAS[kind]) if at == path)


# --- form


def test_the_kinds_are_at_their_segments() -> None:
    assert {kind: schema["x-resource"]["segment"] for kind, schema in SCHEMAS.items()} == SEGMENTS


@pytest.mark.parametrize("kind", SEGMENTS)
def test_a_schema_matches_the_meta_schema(kind: str) -> None:
    schema = SCHEMAS[kind]
    Draft202012Validator.check_schema(schema)
    jsonschema_rs.meta.validate(schema)
    assert list(META.iter_errors(schema)) == []


@pytest.mark.parametrize("kind", SEGMENTS)
def test_a_schema_names_its_module_and_kind(kind: str) -> None:
    schema = SCHEMAS[kind]
    resource = schema["x-resource"]
    module, _, name = kind.rpartition("/")
    assert schema["$id"] == f"urn:rhythmconf:{module or 'certifications'}:{name}"
    assert (resource["kind"], resource["module"]) == (name, module or "certifications")
    assert resource["class"] == ("singleton" if name == "settings" else "config")
    assert set(resource["operations"]) == {"list", "get", "create", "replace", "patch", "delete", "batch"}
    assert set(resource["natural_key"]) <= set(schema.get("required", ()))


def test_only_billing_templates_have_a_confirmed_batch() -> None:
    batch = {kind: schema["x-resource"]["operations"]["batch"] for kind, schema in SCHEMAS.items()}
    assert batch.pop("billingTemplate") == "seed"
    assert batch.pop("settings") == "absent"  # there is one record
    assert set(batch.values()) == {"guess"}


# --- consistency of all fields


def test_every_field_is_described() -> None:
    described = {f"{kind}{path}": field.get("description", "") for kind, path, field, _ in fields()}
    assert [path for path, text in described.items() if not text.endswith(".")] == []


def test_every_field_has_a_short_title_that_no_field_beside_it_has() -> None:
    wrong = []
    for kind, path, field, siblings in fields():
        title = field.get("title", "")
        same = [name for name, other in siblings.items() if other.get("title", "").lower() == title.lower()]
        if (
            not 2 <= len(title) <= 40
            or not title[0].isupper()
            or {"_", "`"} & {*title}
            or title[-1] == "."
            or len(same) > 1
        ):
            wrong.append(f"{kind}{path}: {title!r}, {same}")
    assert wrong == []


def test_every_list_has_a_list_type() -> None:
    lists = [(f"{kind}{path}", field) for kind, path, field, _ in fields() if field.get("type") == "array"]
    assert len(lists) > 50
    assert [path for path, field in lists if "x-list-type" not in field] == []


def test_every_object_is_closed_unless_its_members_are_unknown() -> None:
    for kind, path, field, _ in fields():
        if field.get("type") == "object":
            unseen = "properties" not in field or "were not seen" in field["description"]
            assert field["additionalProperties"] is unseen, f"{kind}{path}"


def test_required_fields_are_writable() -> None:
    for kind, schema in SCHEMAS.items():
        for path, field in [("", schema), *((path, field) for path, field, _ in walk(schema, schema))]:
            for name in field.get("required", ()):
                member = resolved(field["properties"][name], schema)
                assert not {"readOnly", "x-runtime", "x-when"} & set(member), f"{kind}{path}/{name}"


def test_conditions_name_a_sibling_and_its_valid_values() -> None:
    for kind, path, field, siblings in fields():
        for switch, values in field.get("x-when", {}).items():
            possible = siblings[switch].get("enum") or siblings[switch].get("examples") or [True, False]
            assert set(values) < set(possible), f"{kind}{path}"
            assert siblings[switch]["type"] in ("boolean", "string")


def test_keys_of_lists_are_members_of_their_items() -> None:
    for kind, path, field, _ in fields():
        for choice in field.get("x-list-map-keys", ()):
            items = resolved(field["items"], SCHEMAS[kind])
            assert set(choice) <= set(items["properties"]), f"{kind}{path}"


def test_references_name_kinds_of_the_catalog_and_external_references_others() -> None:
    names = set(CATALOG.kinds)
    for kind, path, field, _ in fields():
        module = CATALOG.kind(kind).module
        targets = field.get("x-ref", [])
        for target in [targets] if isinstance(targets, str) else targets:
            assert qualify(target, module) in names, f"{kind}{path}"
        assert qualify(field.get("x-external", "/"), module) not in names, f"{kind}{path}"


def test_every_definition_is_used() -> None:
    for kind, schema in SCHEMAS.items():
        text = json.dumps(schema)
        assert [name for name in schema.get("$defs", {}) if f'"#/$defs/{name}"' not in text] == [], kind


@pytest.mark.parametrize("kind", SEGMENTS)
def test_fields_kept_by_the_tenant_are_read_only(kind: str) -> None:
    own = {name for name, field in SCHEMAS[kind]["properties"].items() if field.get("readOnly")}
    assert own == {name for name in SCHEMAS[kind]["properties"] if name == "id" or name.startswith("sys_")}
    assert len(own) == {"recurringBillingRun": 24, "fee": 12}.get(kind, 23)


# --- facts of the API reference


@pytest.mark.parametrize(
    ("suffix", "values", "count"),
    [
        ("_restriction", RESTRICTIONS, 14),
        ("/position", POSITIONS, 12),
        ("/unit_of_time", UNITS, 12),
        ("/relative_to", ANCHORS, 12),
    ],
)
def test_enums_of_billing_templates(suffix: str, values: set[str], count: int) -> None:
    template = SCHEMAS["billingTemplate"]
    enums = [field["enum"] for path, field, _ in walk(template, template) if path.endswith(suffix)]
    assert len(enums) == count
    assert all(set(enum) == values and len(enum) == len(values) for enum in enums)


def test_no_other_field_of_billing_templates_has_an_enum() -> None:
    template = SCHEMAS["billingTemplate"]
    named = ("_restriction", "/position", "/unit_of_time", "/relative_to")
    assert [p for p, field, _ in walk(template, template) if "enum" in field and not p.endswith(named)] == []


@pytest.mark.parametrize(("switch", "options"), OPTIONS_OF_SWITCH.items())
def test_options_are_required_while_their_switch_is_on(switch: str, options: str) -> None:
    assert at("billingTemplate", f"/{options}")["x-when"] == {switch: [True]}


def test_a_billing_template_needs_only_a_name() -> None:
    assert SCHEMAS["billingTemplate"]["required"] == ["name"]


def test_id_lists_may_be_empty_while_nothing_is_restricted() -> None:
    template = SCHEMAS["billingTemplate"]
    lists = [f for path, f, _ in walk(template, template) if path.endswith(("_ids", "/application_types"))]
    assert len(lists) == 24
    assert all(field["x-when-min-items"] == 1 and "minItems" not in field for field in lists)


@pytest.mark.parametrize("options", ["application_reminder_options", "renewal_reminder_options"])
def test_reminders_are_matched_by_id_then_name(options: str) -> None:
    reminders = at("billingTemplate", f"/{options}/reminders")
    assert (reminders["x-list-type"], reminders["x-list-map-keys"]) == ("map", [["id"], ["name"]])
    assert reminders["minItems"] == 1
    assert "reminders" in at("billingTemplate", f"/{options}")["required"]
    assert "reminder_notice_id" in reminders["items"]["required"]
    assert not {"id", "name"} & set(reminders["items"]["required"])


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("application_activation_options/status_reason_ids", "appStatusReason"),
        ("application_expiration_options/status_reason_ids", "appStatusReason"),
        ("application_reminder_options/status_reason_ids", "appStatusReason"),
        ("drop_options/status_reason_ids", "statusReason"),
        ("renewal_forecasting_options/status_reason_ids", "statusReason"),
        ("renewal_reminder_options/status_reason_ids", ["statusReason", "appStatusReason"]),
        ("application_activation_options/application_notice_id", "applicationNotice"),
        ("application_expiration_options/application_notice_id", "applicationNotice"),
        ("application_reminder_options/reminders/*/reminder_notice_id", "applicationNotice"),
        ("drop_options/drop_notice_id", "notice"),
        ("renewal_reminder_options/reminders/*/reminder_notice_id", "notice"),
    ],
)
def test_references_differ_by_option(path: str, target: str | list[str]) -> None:
    assert at("billingTemplate", f"/{path}")["x-ref"] == target


@pytest.mark.parametrize(
    ("options", "absent"),
    [
        ("application_activation_options", {"expiration_date_range_start", "expiration_date_range_end"}),
        ("training_provider_billing_options", {"status_reason_ids", "application_types"}),
        ("drop_options", {"application_types", "restrict_application_types"}),
        ("renewal_forecasting_options", {"application_types", "restrict_application_types"}),
    ],
)
def test_similar_options_have_different_fields(options: str, absent: set[str]) -> None:
    assert not absent & set(at("billingTemplate", f"/{options}")["properties"])


def test_counters_of_the_tenant_are_runtime_fields() -> None:
    assert {f"{kind}{path}" for kind, path, field, _ in fields() if "x-runtime" in field} == {
        "program/next_certification_number",
        "recurringBillingRun/errors_since_last_run",
        "recurringBillingRun/human_readable_schedule",
        "recurringBillingRun/last_error",
        "recurringBillingRun/last_error_date",
        "recurringBillingRun/last_run_date",
    }


@pytest.mark.parametrize(
    ("kind", "required"),
    [
        ("activityType", {"name"}),
        ("appReferenceProcess", {"name", "reference_form_id"}),
        ("applicationFee", {"name", "program_id", "price", "business_unit_id"}),
        (
            "applicationProcess",
            {"name", "program_id", "customer_type", "expiration_rule_set_id", "application_form_id"},
        ),
        ("courseFee", {"name", "course_id", "price", "business_unit_id"}),
        ("fee", {"name", "price", "business_unit_id"}),
        ("membership/applicationProcess", {"name", "type", "customer_type"}),
        ("membership/billingNotice", {"name"}),
        ("membership/billingTemplate", {"name"}),
        ("membership/idCardTemplate", {"name", "html_template"}),
        ("membership/membershipType", {"name", "customer_type"}),
        ("platform/customField", {"service", "name", "type"}),
    ],
)
def test_required_fields_are_those_of_the_reference(kind: str, required: set[str]) -> None:
    assert set(SCHEMAS[kind]["required"]) == required


@pytest.mark.parametrize(
    ("kind", "switch", "field"),
    [
        ("activityType", "enable_credit_calculator", "credit_calculator_options"),
        ("appReferenceProcess", "enable_application_notice_email", "application_notice_email"),
        ("applicationFee", "enable_bulk_pricing", "bulk_pricing_rules"),
        ("applicationProcess", "override_checkout_settings", "checkout_settings"),
        ("fee", "enable_purchasing_eligibility", "purchasing_eligibility_criteria"),
        ("membership/applicationProcess", "restrict_membership_types", "membership_type_ids"),
        ("membership/billingTemplate", "perform_drops", "drop_options"),
        ("membership/membershipType", "enable_section_restrictions", "section_restrictions"),
    ],
)
def test_what_a_switch_governs_is_required_only_while_it_is_on(kind: str, switch: str, field: str) -> None:
    assert at(kind, f"/{field}")["x-when"] == {switch: [True]}
    assert field not in SCHEMAS[kind]["required"]


def test_enums_are_complete_and_all_others_are_examples() -> None:
    assert {kind for kind, one in SCHEMAS.items() if '"enum": ' in json.dumps(one)} == {
        "applicationNotice",
        "billingTemplate",
        "courseFee",
        "fee",
        "membership/applicationProcess",
        "membership/billingTemplate",
        "membership/package",
        "platform/customField",
        "program",
    }
    assert len(at("platform/customField", "/type")["enum"]) == 22
    kinds = ("change affiliations", "join", "reinstatement", "renewal")
    assert at("membership/applicationProcess", "/type")["enum"] == list(kinds)
    single = {f"{kind}{path}": field["enum"] for kind, path, field, _ in fields() if len(field.get("enum", ())) == 1}
    assert single == {
        "courseFee/type": ["certifications-course-fees"],
        "fee/type": ["certifications-fees"],
        "membership/package/type": ["membership-packages"],
    }


def test_what_was_not_seen_is_open_and_says_so() -> None:
    open_objects = [(f"{kind}{path}", field) for kind, path, field, _ in fields() if field.get("additionalProperties")]
    silent = {path for path, field in open_objects if "not seen" not in field.get("description", "")}
    assert len(open_objects) > 60
    assert silent == set()


def test_guessed_values_are_only_examples() -> None:
    for kind in ("statusReason", "appStatusReason"):
        statuses = at(kind, "/applicable_statuses")["items"]
        assert "enum" not in statuses
        assert statuses["examples"]
    assert "enum" not in at("expirationRuleSet", "/default_expiration_options/expiration_type")


def test_the_order_of_expiration_rules_matters() -> None:
    assert {f"{kind}{path}" for kind, path, field, _ in fields() if "x-list-order" in field} == {
        "expirationRuleSet/rules",
        "platform/customField/acceptable_values",
    }


@pytest.mark.parametrize(
    ("kind", "path", "risk"),
    [
        ("billingTemplate", "/bill_training_providers", "money"),
        ("billingTemplate", "/training_provider_billing_options", "money"),
        ("billingTemplate", "/renewal_reminder_options", "inbox"),
        ("billingTemplate", "/notification_email", "inbox"),
        ("billingTemplate", "/perform_drops", "access"),
        ("billingTemplate", "/drop_options", "access"),
        ("billingTemplate", "/drop_options/drop_notice_id", "inbox"),
        ("recurringBillingRun", "/schedule", "inbox"),
        ("notice", "/email", "inbox"),
        ("program", "/is_active", "access"),
        ("expirationRuleSet", "/rules", "access"),
        ("fee", "/price", "money"),
        ("applicationFee", "/special_prices", "money"),
        ("applicationProcess", "/fee_id", "money"),
        ("applicationProcess", "/application_confirmation_email_options", "inbox"),
        ("membership/billingTemplate", "/auto_renewal_options", "money"),
        ("membership/billingTemplate", "/auto_renewal_options/auto_renewal_success_notice_id", "inbox"),
        ("membership/package", "/price", "money"),
        ("membership/membershipType", "/enable_flowdown", "access"),
    ],
)
def test_fields_have_their_documented_risks(kind: str, path: str, risk: str) -> None:
    assert at(kind, path)["x-risk"] == risk


# --- what runs do


STEPS = {
    "renewal_reminder_options": ("remind", "certifications", "reminders"),
    "drop_options": ("drop", "certifications", ""),
    "renewal_forecasting_options": ("forecast", "certifications", ""),
    "training_provider_billing_options": ("invoice", "applications", ""),
    "application_reminder_options": ("remind", "applications", "reminders"),
    "application_activation_options": ("activate", "applications", ""),
    "application_expiration_options": ("expire", "applications", ""),
}


def test_every_option_with_a_switch_is_a_step() -> None:
    kind = CATALOG.kind("billingTemplate")
    assert {place.option: (*place.role, place.list) for place in kind.steps} == STEPS
    assert {place.option for place in kind.steps} == set(OPTIONS_OF_SWITCH.values())
    assert {place.name for place in kind.steps} == {"name", ""}
    bounds = {(place.start, place.end) for place in kind.steps if place.option != "application_activation_options"}
    assert bounds == {("expiration_date_range_start", "expiration_date_range_end")}


def test_only_recurring_billing_runs_are_schedules() -> None:
    assert {name for name, kind in CATALOG.kinds.items() if kind.schedule} == {"certifications/recurringBillingRun"}
    templates = {"certifications/billingTemplate", "membership/billingTemplate"}
    assert {name for name, kind in CATALOG.kinds.items() if kind.steps} == templates


def test_the_only_window_of_memberships_is_that_of_automatic_renewals() -> None:
    [step] = CATALOG.kind("membership/billingTemplate").steps
    assert (step.option, step.switch, *step.role) == (
        "auto_renewal_options",
        "perform_auto_renewals",
        "renew",
        "memberships",
    )
    assert (step.start, step.end) == ("expiration_date_range_start", "expiration_date_range_end")
    theirs, ours = SCHEMAS["membership/billingTemplate"]["$defs"], SCHEMAS["billingTemplate"]["$defs"]
    assert theirs["dateRange"] == ours["dateRange"]


def test_records_are_in_use_unless_they_say_that_they_are_not() -> None:
    silent = {"certifications/settings", "membership/applicationProcess", "membership/package", "platform/customField"}
    assert {name for name, kind in CATALOG.kinds.items() if not kind.active} == silent
    for kind in (kind for name, kind in CATALOG.kinds.items() if name not in silent):
        assert kind.active == "is_active"
        assert kind.is_active({})
        assert [kind.is_active({"is_active": value}) for value in (None, True)] == [True, True]
        assert not kind.is_active({"is_active": False})


def test_what_nobody_has_documented_of_a_checkout_can_bill_members() -> None:
    kind = CATALOG.kind("certifications/settings")
    assert kind.risk("/anything/below") == "money"


def test_the_texts_of_notices_have_merge_fields() -> None:
    marked = [f"{kind}{path}" for kind, path, field, _ in fields() if field.get("x-merge-fields")]
    mails = [f"{kind}/email" for kind in ("applicationNotice", "examNotice", "membership/billingNotice", "notice")]
    mails += [f"appReferenceProcess/{name}_email" for name in ("application_notice", "reference_notification")]
    assert sorted(marked) == sorted(f"{mail}/{name}" for mail in mails for name in ("subject", "body"))


# --- the sample of the API reference


def bound(number: float = 1) -> Schema:
    return {
        "number": number,
        "position": "after",
        "relative_to": "the beginning of the month",
        "unit_of_time": "days",
    }


def sample() -> Schema:
    """Return the create body of the API reference with real lists and numbers instead of placeholders."""
    window = {"expiration_date_range_end": bound(), "expiration_date_range_start": bound()}
    scope = {
        "program_ids": ["string"],
        "program_restriction": "exclude",
        "training_provider_ids": ["string"],
        "training_provider_restriction": "exclude",
    }
    reasons = {"restrict_status_reasons": True, "status_reason_ids": ["string"]}
    types = {"restrict_application_types": True, "application_types": ["certification"]}
    reminders = {"reminders": [window | {"id": 0.1, "name": "string", "reminder_notice_id": "string"}]}
    custom = {
        "boolean_value": True,
        "custom_field_id": "string",
        "file_url_value": "string",
        "list_value": ["string"],
        "numeric_value": 0.1,
        "string_value": "string",
        "table_value": [{}],
    }
    notice = {"application_notice_id": "string"}
    invoice = {
        "email_invoices_to_training_providers": True,
        "invoice_template_id": "string",
        "payment_terms_id": "string",
    }
    body: Schema = dict.fromkeys(OPTIONS_OF_SWITCH, True) | {
        "application_activation_options": scope | reasons | types | notice,
        "application_expiration_options": scope | reasons | types | notice | window,
        "application_reminder_options": scope | reasons | types | reminders,
        "custom_field_values": [custom],
        "description": "string",
        "drop_options": scope | reasons | window | {"drop_notice_id": "string"},
        "is_active": True,
        "name": "string",
        "notification_email": "string",
        "renewal_forecasting_options": scope | reasons | window,
        "renewal_reminder_options": scope | reasons | types | reminders,
        "training_provider_billing_options": scope | window | invoice,
    }
    return copy.deepcopy(body)


def put(document: Schema, path: str, value: object) -> Schema:
    """Return the document with one value changed; the path is separated by slashes."""
    *parents, last = path.split("/")
    parent: Any = document
    for step in parents:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    parent[last] = value
    return document


def test_the_sample_is_valid_and_names_every_field() -> None:
    template = SCHEMAS["billingTemplate"]
    assert Draft202012Validator(template, registry=Registry()).is_valid(sample())
    assert jsonschema_rs.validator_for(template).is_valid(sample())
    assert set(sample()) == {name for name, field in template["properties"].items() if not field.get("readOnly")}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("drop_options/program_restriction", "only"),
        ("drop_options/training_provider_restriction", "Include"),
        ("drop_options/expiration_date_range_start/position", True),
        ("drop_options/expiration_date_range_start/number", -1),
        ("drop_options/expiration_date_range_start/unit_of_time", "day"),
        ("drop_options/expiration_date_range_end/relative_to", "reference date"),
        ("renewal_reminder_options/reminders", []),
        ("renewal_reminder_options/reminders/0/id", "1"),
        ("renewal_reminder_options/reminders/0/notice_id", "string"),
        ("drop_options/application_types", ["renewal"]),
        ("send_renewal_reminders", "yes"),
        ("name", None),
        ("nmae", "string"),
    ],
)
def test_a_wrong_value_in_the_sample_is_refused(path: str, value: object) -> None:
    validator = jsonschema_rs.validator_for(SCHEMAS["billingTemplate"])
    assert not validator.is_valid(put(sample(), path, value))
