"""What a pull writes always validates, and a plan right after it has no field changes: any record, any dialect."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Field, Kind
from rhythmconf.engine import pull
from rhythmconf.flows import pull as pulling
from rhythmconf.flows.plan import plan_from
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Choices
from rhythmconf.model import Body, Fingerprint, Json, Plan
from rhythmconf.settings import Dialect
from rhythmconf.source.project.opening import open_settings
from rhythmconf.tenant import live
from rhythmconf.tenant.emulator import rules
from rhythmconf.tenant.emulator.http import Refusal
from tests.support import generators
from tests.support.bench import finish
from tests.support.emulated import shipped_catalog
from tests.support.tenants import make_project

CATALOG = shipped_catalog()
DIALECTS = [
    {"off_options": off, "empty_lists": lists}
    for off, lists in product(("omit", "empty", "null"), ("same-as-absent", "distinct"))
]
SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: one
environments:
  one: {{tenant: t-one, embedded: .rhythmconf/one.db, dialect: {dialect}}}
"""
ODD_TEXTS = st.sampled_from(
    [
        "a\r\nb\r\n",
        "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "line\u2028separator\u0085next",
        "\ufeffbom\nmid\ufeff\n",
        "tab\tand\x07bell\n",
        "# not a comment",
        "- a\n- b\n",
        "---\n...\n",
        " leading\n\n trailing \n",
        "x" * 250,
        "id:9",
        "~",
        "",
    ]
)


def perturbed(kind: Kind, draw: st.DataObject, body: Body) -> Body:
    """Return a record as a tenant may keep it: odd texts, empty or half filled options, repetitions, unknown fields."""
    return cast("Body", _perturb(kind.root, draw, body))


def _perturb(field: Field, draw: st.DataObject, value: Json) -> Json:
    if isinstance(value, list):
        items = [_perturb(field.items or Field(), draw, item) for item in value]
        repeat = field.list_type == "set" and items and draw.draw(st.booleans())
        return [*items, items[0]] if repeat else items
    if isinstance(value, str) and not field.targets and field.blank == "":
        return draw.draw(st.just(value) | ODD_TEXTS)
    if not isinstance(value, dict) or field.targets:
        return value
    after: Body = {}
    for name, child in (field.fields or {}).items():
        if name in value:
            after[name] = _perturb(child, draw, value[name])
        elif child.when is not None and not child.read_only:
            blank = child.blank if child.blank in ({}, [], "") else None
            after |= draw.draw(st.sampled_from([{}, {name: None}, {name: blank}, {name: _half(child)}]))
    others = {name: member for name, member in value.items() if name not in (field.fields or {})}
    more: Body = draw.draw(st.sampled_from([{}, {}, {"colour": "blue"}, {"colour": {"a": [1]}}]))
    return {**after, **others, **(more if field.fields else {})}


def _half(field: Field) -> Json:
    """Return an option that is neither empty nor complete."""
    if field.kind_of != "object":
        return None
    fields = field.fields or {}
    names = [name for name, child in fields.items() if child.kind_of == "array" and not child.targets]
    return {names[0]: []} if names else {}


def stored(kind: Kind, body: Body, dialect: Dialect) -> Body | None:
    """Return the record as the emulated tenant would keep it, None if it refuses it."""
    try:
        rules.check_schema(kind, body)
    except Refusal:
        return None
    return rules.to_stored(kind, body, dialect)


class Tenant:
    """A project in a folder and the records of its tenant, which are given and not checked."""

    def __init__(self, folder: Path, dialect: dict[str, str]) -> None:
        text = "{" + ", ".join(f"{name}: '{value}'" for name, value in dialect.items()) + "}"
        (folder / "rhythmconf.yaml").write_text(SETTINGS.format(dialect=text))
        self.folder = folder

    def pull(self, kind: Kind, *records: Body) -> pull.Pulled:
        project = pulling.open_for_writing(open_settings(self.folder))
        environment = project.settings.environment("one")
        given, pulled = finish(
            pulling.pull_from(self._snapshot(kind, records), pulling.read_files(project, environment), pull.PullScope())
        )
        pulling.write(project, given, pulled)
        return pulled

    def plan(self, kind: Kind, *records: Body) -> Plan:
        """Plan with the files as they are; they must be valid."""
        project = pulling.open_for_writing(open_settings(self.folder))
        environment = project.settings.environment("one")
        declared = resolve_valid(project, environment.name)
        source = self._snapshot(kind, records)
        return finish(plan_from(source, project, environment, declared, Choices(), now="2026-01-01T00:00:00Z")).plan

    def _snapshot(self, kind: Kind, records: tuple[Body, ...]) -> live.Snapshot:
        every: dict[str, list[Any]] = {name: [] for name in CATALOG.kinds}
        every[kind.name] = list(records)
        return live.Snapshot(Fingerprint("", "", ""), "", every)

    def texts(self) -> str:
        return "\n".join(
            f"== {path.relative_to(self.folder)}\n{path.read_text('utf-8', 'replace')}"
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        )


def check(kind: Kind, dialect: dict[str, str], before: Body, after: Body) -> None:
    """Pull a record, plan; change it in the tenant, pull into the existing documents, plan."""
    with tempfile.TemporaryDirectory() as folder:
        tenant = Tenant(Path(folder), dialect)
        for record in (before, after):
            tenant.pull(kind, record)
            try:
                plan = tenant.plan(kind, record)
            except Exception as error:
                raise AssertionError(
                    f"{error} {getattr(error, 'diagnostics', '')}\n{record}\n{tenant.texts()}"
                ) from error
            changed = [change for change in plan.changes if change.fields or change.action not in ("adopt", "update")]
            assert not changed, f"{changed}\n{record}\n{tenant.texts()}"
        assert not tenant.pull(kind, after).files, tenant.texts()
        # Another tenant of this dialect accepts the record.
        for change in tenant.plan(kind).changes:
            fields = rules.read_create(kind, change.body, Dialect(**cast("Any", dialect)))
            rules.check_schema(kind, fields)


TEMPLATE: Body = {
    "name": "Monthly",
    "send_renewal_reminders": False,
    "renewal_reminder_options": {},
    "perform_drops": False,
    "drop_options": {},
    "bill_training_providers": False,
    "training_provider_billing_options": {"training_provider_restriction": "exclude", "training_provider_ids": ["t-1"]},
}
WINDOW: Body = {"position": "on", "relative_to": "the beginning of the month"}
LATER: Body = {"position": "after", "number": 3, "unit_of_time": "days", "relative_to": "the reference date"}
DROPS: Body = {"expiration_date_range_start": WINDOW, "expiration_date_range_end": WINDOW}
MARKERS = "<<<<<<< HEAD\n<p>a</p>\n=======\n<p>b</p>\n>>>>>>> x\n"
MAIL: Body = {"name": "Mail", "email": {"subject": "s", "body": "<p>a</p>\n"}}
CASES: dict[str, tuple[str, Body, Body]] = {
    "empty options": ("billingTemplate", TEMPLATE, {**TEMPLATE, "drop_options": None}),
    "options that become empty": (
        "billingTemplate",
        {**TEMPLATE, "perform_drops": True, "drop_options": DROPS},
        TEMPLATE,
    ),
    "a switch that is turned on": (
        "billingTemplate",
        TEMPLATE,
        {**TEMPLATE, "perform_drops": True, "drop_options": DROPS},
    ),
    "a switch inside options": (
        "billingTemplate",
        {**TEMPLATE, "perform_drops": True, "drop_options": DROPS},
        {**TEMPLATE, "perform_drops": True, "drop_options": {**DROPS, "expiration_date_range_end": LATER}},
    ),
    "a reminder list that is empty": (
        "billingTemplate",
        {**TEMPLATE, "renewal_reminder_options": {"reminders": []}},
        {**TEMPLATE, "renewal_reminder_options": {"program_restriction": "none"}},
    ),
    "a set that names one twice": (
        "notice",
        {**MAIL, "restrict_to_certain_programs": True, "restricted_program_ids": ["p", "q", "p"]},
        {**MAIL, "restrict_to_certain_programs": True, "restricted_program_ids": ["q", "q"]},
    ),
    "a mail with conflict markers": ("notice", MAIL, {**MAIL, "email": {"subject": "s", "body": MARKERS}}),
    "a mail that looks like a pointer": (
        "notice",
        {**MAIL, "email": {"subject": "s", "body": "version https://git-lfs.github.com/spec/v1\noid 1\n"}},
        MAIL,
    ),
    "invisible line breaks": (
        "notice",
        {**MAIL, "name": "a\u2028b\u0085c"},
        {**MAIL, "name": "a", "email": {"subject": "x\u2029y", "body": "a\u2028\nb\n"}},
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: "-".join(dialect.values()))
@pytest.mark.parametrize(("name", "before", "after"), CASES.values(), ids=CASES)
def test_a_pull_of_what_tenants_keep_validates(name: str, before: Body, after: Body, dialect: dict[str, str]) -> None:
    kind = CATALOG.kind(name)
    mark: Body = {"id": "r1", "sys_version": 1, "sys_external_id": "rhythmconf/hisp/k"}
    check(kind, dialect, {**before, **mark}, {**after, **mark})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pair each kind with two dialects that differ from kind to kind; with --full, with all of them."""
    if {"kind", "dialect"} <= {*metafunc.fixturenames}:
        full = metafunc.config.getoption("--full")
        pairs = [
            pytest.param(kind, dialect, id=f"{kind.name}-{'-'.join(dialect.values())}")
            for one, kind in enumerate(CATALOG.kinds.values())
            for other, dialect in enumerate(DIALECTS)
            if full or (one + other) % 3 == 0
        ]
        metafunc.parametrize(("kind", "dialect"), pairs)


def test_a_pull_of_any_record_validates_and_plans_no_field_change(
    kind: Kind, dialect: dict[str, str], full: bool
) -> None:
    how = Dialect(**cast("Any", dialect))
    specs = generators.bodies(kind)

    def record(draw: st.DataObject) -> Body:
        for _ in range(3):
            body = stored(kind, perturbed(kind, draw, draw.draw(specs)), how)
            if body is not None:
                break
        else:
            body = stored(kind, draw.draw(specs), how) or {}
        return dict(generators.make_record(kind, body, "r1", project="hisp", name="k").body)

    phases = [*Phase] if full else [Phase.explicit, Phase.reuse, Phase.generate]

    @settings(max_examples=100 if full else 2, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
    @given(draw=st.data())
    def run(draw: st.DataObject) -> None:
        check(kind, dialect, record(draw), record(draw))

    run()


FORECASTS = """\
kind: billingTemplate
key: m
spec:
  name: M
  forecast_renewals: true
  renewal_forecasting_options:
    expiration_date_range_start: {position: "on", relative_to: the beginning of the month}
    expiration_date_range_end: {position: "on", relative_to: the end of the month}
---
kind: billingTemplate
key: off
spec: {name: Off, perform_drops: false}
---
kind: program
key: p
spec: {name: P}
"""


@pytest.mark.parametrize("off_options", ["omit", "empty", "null"])
def test_a_create_sends_nothing_that_its_schema_refuses_and_is_pulled_back(tmp_path: Path, off_options: str) -> None:
    site = make_project(tmp_path)
    text = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", text.replace("one.db}", f"one.db, dialect: {{off_options: '{off_options}'}}}}"))
    site.write("config/a.yaml", FORECASTS)
    assert site.done("apply", "--auto-approve").last.startswith("Apply complete! Resources: 3 added")
    assert site.done("plan").last == "No changes."
    assert site.done("pull").last == "No changes."
    (site.root / "config/a.yaml").unlink()
    site.done("pull")
    assert "drop_options" not in "".join(map(str, site.files("config").values()))
    assert site.done("validate", "--env", "one").code == 0
    assert site.done("plan").last == "No changes."
