"""Plans and diagnostics for tests of reports: a realistic plan, large ones and hostile ones."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from rhythmconf.engine.plan import RequestShare
from rhythmconf.engine.plan.build import summarise
from rhythmconf.model import (
    MISSING,
    Action,
    Agreed,
    Base,
    Binding,
    Change,
    Diagnostic,
    FieldChange,
    FieldTitles,
    Fingerprint,
    Guard,
    Json,
    Key,
    KindNames,
    LastChange,
    Location,
    Missing,
    Operation,
    Plan,
    Risk,
)
from rhythmconf.report.formats.html import Context
from rhythmconf.report.graph import Edge, Graph, build_graph
from tests.support.emulated import shipped_catalog
from tests.support.payloads import PAYLOADS

MODULE = "certifications"
NAMES = KindNames("certifications")
PLACE = Fingerprint("production", "hisp", "https://{module}.api.example.org", (("r1", "2026-01-01T00:00:00Z"),))
OLD_MAIL = """<p>Dear {{ first_name }},</p>
<p>your certification {{ program }} ends on {{ expiration_date }}.</p>
<p>Please renew in time. The fee is the same as last year.</p>
<p>It takes ten minutes. Have your training records at hand.</p>
<p>If you have retired, tell us, and we will stop writing.</p>
<p>Questions? Answer this mail.</p>
<p>Kind regards</p>
<p>The certification team</p>
"""
NEW_MAIL = OLD_MAIL.replace("the same as last year", "$ 20 higher than last year").replace("ten minutes", "5 minutes")


def key(text: str) -> Key:
    """Return the key `program/cmsi` in the module of the tests."""
    kind, _, name = text.rpartition("/")
    return Key(f"{MODULE}/{kind}", name)


def field(
    path: str, old: Json | Missing, new: Json | Missing, risk: Risk | None = None, place: str = "", label: str = ""
) -> FieldChange:
    """Return a changed field; `place` is `file:line`."""
    file, _, line = place.rpartition(":")
    return FieldChange(path, old, new, risk, Location(file, int(line), 5) if place else None, label)


def change(name: str, action: Action, *fields: FieldChange, **facts: object) -> Change:
    """Return a change with the patch of its fields."""
    patch: tuple[Operation, ...] = tuple(
        {"op": "remove", "path": each.path}
        if isinstance(each.new, Missing)
        else {"op": "add" if isinstance(each.old, Missing) else "replace", "path": each.path, "value": each.new}
        for each in fields
    )
    made = Change(
        key(name),
        action,
        id=None if action == "create" else f"id-{name.rpartition('/')[2]}",
        body={each.path[1:]: each.new for each in fields if not isinstance(each.new, Missing)}
        if action == "create"
        else None,
        patch=patch if action in ("update", "adopt") else (),
        before={"name": name, "is_active": True} if action == "delete" else None,
        fields=fields if action != "delete" else (),
    )
    return made._replace(**facts)  # type: ignore[arg-type]


def plan(*changes: Change, **facts: object) -> Plan:
    """Return a plan of these changes."""
    made = Plan(
        PLACE,
        changes,
        summarise(changes, 44),
        tool="0.2.0",
        catalogue="5a24bebd650d",
        commit="0123456789abcdef0123456789abcdef01234567",
        clean=True,
        created_at="2026-11-22T19:00:00Z",
        requests_made=10,
        requests_forecast=18,
        names=NAMES,
    )
    return made._replace(**facts)  # type: ignore[arg-type]


def association_plan() -> Plan:
    """Return a plan with all actions and risks, a long text, a refusing guard, a warning, a cycle and a binding."""
    return plan(
        change(
            "recurringBillingRun/drops-weekly",
            "update",
            field("/pre_processing_lead_time", 3, 5, "money", "config/billing/drops.yaml:31"),
            field("/description", "Drops, weekly", "Drops, every week", None, "config/billing/drops.yaml:28"),
            depends_on=(key("billingTemplate/drops"),),
            wave=1,
        ),
        change(
            "notice/renewal-60",
            "update",
            field("/email/body", OLD_MAIL, NEW_MAIL, "inbox", "config/notices/renewal-60.html:1"),
            field(
                "/email/subject", "Time to renew", "Renew by {{ expiration_date }}", "inbox", "config/notices.yaml:12"
            ),
        ),
        change(
            "billingTemplate/drops",
            "update",
            field(
                "/drop_options/notice_ids",
                ["id-1", "id-2"],
                ["id-1", {"$ref": f"{MODULE}/notice/dropped"}],
                None,
                "config/billing/drops.yaml:9",
                "drop_options.notice_ids",
            ),
            field("/drop_options/reason", None, MISSING),
            depends_on=(key("notice/dropped"),),
            wave=1,
        ),
        change(
            "notice/dropped",
            "create",
            field("/name", MISSING, "Dropped", None, "config/notices.yaml:40"),
            field("/is_active", MISSING, True, "inbox", "config/notices.yaml:41"),
            field(
                "/email/body",
                MISSING,
                "<p>Sorry to see you go.</p>\n<p>The team</p>\n",
                "inbox",
                "config/dropped.html:1",
            ),
        ),
        change(
            "program/clp",
            "create",
            field("/name", MISSING, "Crane and Lifting Practitioner", None, "config/programs/people.yaml:60"),
            field(
                "/group_id", MISSING, {"$ref": f"{MODULE}/programGroup/people"}, None, "config/programs/people.yaml:61"
            ),
            depends_on=(key("programGroup/people"),),
            wave=1,
        ),
        change(
            "programGroup/people", "create", field("/name", MISSING, "People", None, "config/programs/groups.yaml:3")
        ),
        change(
            "statusReason/lapsed",
            "adopt",
            field("/sys_external_id", MISSING, "rhythmconf/hisp/lapsed"),
            reason="natural key name = 'Lapsed'",
        ),
        change(
            "program/amsi",
            "update",
            field("/portal_access", "members", "everyone", "access", "config/programs/people.yaml:14"),
            field("/name", "AMSI", "A.M.S.I.", None, "config/programs/people.yaml:9")._replace(side="drift"),
            field("/sort", 3, 4, None, "config/programs/people.yaml:10")._replace(side="conflict", base=2),
        ),
        change("notice/renewal-7", "delete", reason="no document; marked rhythmconf/hisp/renewal-7", wave=2),
        change("program/old-safety", "delete", reason="no document; bound", wave=2),
        guards=(
            Guard(
                "protected-environment",
                f"{MODULE}/program/old-safety",
                False,
                "program/old-safety would be deleted (record 'id-old-safety') in a protected environment",
                ("--allow program/old-safety",),
            ),
            Guard(
                "deletes",
                f"{MODULE}/notice",
                True,
                "1 of 12 records of notice (8.3 %) would be deleted; the limit is 30 %",
            ),
        ),
        allowed=("--allow notice/renewal-7",),
        base=Base("89abcdef0123456789abcdef0123456789abcdef", "refs/rhythmconf/applied/production"),
        both=(Agreed(key("program/rds"), field("/name", "RDS", "Rigging and Dock Safety")),),
        binds=(Binding(key("statusReason/lapsed"), "id-lapsed"),),
        diagnostics=(
            Diagnostic(
                "RC213",
                "the id 'abc' is a tenant's own and would travel to every tenant",
                "warning",
                Location("config/billing/drops.yaml", 12, 9),
                "/spec/owner_id",
                key("billingTemplate/drops"),
                "Give the record a key in the bindings file.",
            ),
        ),
    )


def graph_context(value: Plan) -> Context:
    """Return references among the records of a plan, with a cycle, and a request for each change."""
    edges = [
        Edge(key("recurringBillingRun/drops-weekly"), key("billingTemplate/drops"), "/template_id"),
        Edge(key("recurringBillingRun/renewals"), key("billingTemplate/renewals"), "/template_id"),
        Edge(key("billingTemplate/renewals"), key("notice/renewal-60"), "/renewal_reminder_options/reminders/0"),
        Edge(key("billingTemplate/drops"), key("notice/dropped"), "/drop_options/notice_ids/1"),
        Edge(key("program/clp"), key("programGroup/people"), "/group_id"),
        Edge(key("program/amsi"), key("programGroup/people"), "/group_id"),
        Edge(key("program/amsi"), key("program/clp"), "/next_id"),
        Edge(key("program/clp"), key("program/amsi"), "/next_id"),
    ]
    nodes = {edge.source for edge in edges} | {edge.target for edge in edges}
    shares = {each.key: (RequestShare(number, "patch", 2),) for number, each in enumerate(value.changes, 1)}
    return Context(build_graph(nodes, edges, NAMES), shares, shipped_catalog())


UPDATES: tuple[Action, ...] = ("update",) * 5


def large_plan(count: int, kinds: int = 8) -> Plan:
    """Return a plan of `count` changes: a tenth are deletions, a fifth have a risk."""
    actions: tuple[Action, ...] = ("delete", *UPDATES, "create", "create", "create", "adopt")
    changes = [
        change(
            f"kind{number % kinds}/record-{number:05}",
            actions[number % 10],
            field(
                "/name",
                f"Record {number}",
                f"Record number {number}",
                None,
                f"config/{number % kinds}.yaml:{number + 1}",
            ),
            field(
                "/fee",
                number,
                number + 1,
                "money" if number % 5 == 1 else None,
                f"config/{number % kinds}.yaml:{number + 2}",
            ),
        )
        for number in range(count)
    ]
    return plan(*changes)


def diagnostics() -> list[Diagnostic]:
    """Return diagnostics with and without location, key and help."""
    location = Location("config/notices.yaml", 12, 9)
    return [
        Diagnostic(
            "RC203", "unknown field 'nmae'", "error", location, "/spec/nmae", key("notice/a"), "did you mean 'name'?"
        ),
        Diagnostic("RC213", "the id 'abc' is a tenant's own", "warning", location, "/spec/owner_id", key("notice/b")),
        Diagnostic("RC101", "this is not YAML: found a tab", "error", Location("config/broken.yaml", 3, 1)),
        Diagnostic("RC003", "no environment of that name"),
    ]


def plan_with_text(text: str, other: str = "") -> tuple[Plan, list[Diagnostic]]:
    """Return a plan and diagnostics with a text in every string that a tenant, a file or a flag can set."""
    old, place = other or text, Location(text, 3, 1)
    bad = Diagnostic(text, text, "error", place, text, Key(text, text), text)
    fields = (
        FieldChange(text, old, text, "money", place, text),
        FieldChange(text, f"{old}\n{text}\n", f"{text}\n", "inbox", place),
        FieldChange(text, MISSING, {text: [text, {"$ref": text}]}, None, place, side="drift"),
        FieldChange(text, old, text, None, place, text, "conflict", f"{text}{old}"),
        FieldChange(f"/{text}/0", old, text, "access", place, text, items=(text,)),
    )
    patch: tuple[Operation, ...] = ({"op": "replace", "path": text, "value": text},)
    actions: tuple[Action, ...] = ("create", "update", "delete", "adopt")
    titles = {text: FieldTitles(text, {text: FieldTitles(text, role="text")}, None, "switch")}
    keys = [Key(text, f"{text}{number}") for number in range(len(actions))]
    changes = tuple(
        Change(
            each,
            action,
            text,
            {text: text},
            patch,
            {text: text},
            depends_on=(keys[0],),
            fields=fields,
            reason=text,
            name=text,
            last_change=LastChange("2026-11-25T14:02:11Z", text, text),
        )
        for each, action in zip(keys, actions, strict=True)
    )
    value = Plan(
        Fingerprint(text, text, text, ((text, text),)),
        changes,
        summarise(changes, 0),
        guards=(Guard(text, text, False, text, (text,)), Guard(text, text, True, text)),
        allowed=(text,),
        binds=(Binding(keys[1], text),),
        base=Base(text, text),
        both=(Agreed(keys[0], fields[0], LastChange("", text)),),
        diagnostics=(bad._replace(severity="warning"),),
        tool=text,
        catalogue=text,
        commit=text,
        created_at="2026-11-22T19:00:00Z",  # a plan file with anything else is refused
        names=KindNames(titles=titles),
    )
    return value, [bad, bad._replace(severity="warning", location=None)]


def hostile_mail(text: str) -> tuple[FieldChange, ...]:
    """Return the change of a mail with a text in its words, its elements, its attributes and its links."""
    old, new = (f"<p>{word} {text}</p><a href=\"{text}\" title='{text}'>{text}</a><{text}>" for word in ("a", "b"))
    return (field("/email/body", old, new, "inbox"),)


FEW = settings(max_examples=25)
"""Few examples, because each is written in every format."""


def hostile_plans() -> st.SearchStrategy[tuple[Plan, list[Diagnostic]]]:
    """Generate plans and diagnostics of random texts and of payloads."""
    texts = (
        st.text(max_size=40) | st.sampled_from(PAYLOADS) | st.lists(st.sampled_from(PAYLOADS), max_size=3).map("".join)
    )
    return st.tuples(texts, texts).map(lambda pair: plan_with_text(*pair))


def hostile_graph(text: str) -> Graph:
    """Return three keys in a cycle and a bound one, all named by a text."""
    nodes = [Key(text, f"{text}{number}") for number in range(3)]
    edges = [Edge(nodes[number], nodes[(number + 1) % 3], text) for number in range(3)]
    return build_graph(nodes, [*edges, Edge(nodes[0], Key("x", text), text)], KindNames())
