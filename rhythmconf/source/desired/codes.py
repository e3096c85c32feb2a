"""The diagnostic codes of the desired state, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

UNKNOWN_KIND = Code(
    "RC201",
    "there is no such kind",
    what="A document or a bindings file names a kind that no schema describes.",
    why="Without a schema nothing is known about the fields. A kind of another module is written `module/kind`.",
    example="""
kind: statusReasn     # did you mean 'statusReason'?
key: lapsed
spec: {name: Lapsed}
""",
    fix=(
        "Correct the name with `rhythmconf validate --fix`. A kind of your own needs a schema file in a folder of "
        "`schemas` in rhythmconf.yaml."
    ),
)

DUPLICATE_KEY = Code(
    "RC202",
    "two documents have the same key",
    what="Two documents of one kind have the same key. The message has both locations.",
    why="One key is one record, and nothing says which of the two documents describes it.",
    example="""
kind: statusReason
key: lapsed
spec: {name: Lapsed}
---
kind: statusReason
key: lapsed
spec: {name: Lapsed after a year}
""",
    fix="Give one of them another key, or remove it.",
)

UNKNOWN_FIELD = Code(
    "RC203",
    "the kind has no such field",
    what="A document has a field that the schema of its kind doesn't have.",
    why="The tenant would ignore or refuse it. Most often the name is misspelt.",
    example="""
kind: statusReason
key: lapsed
spec: {nmae: Lapsed}     # did you mean 'name'?
""",
    fix="Correct the name with `rhythmconf validate --fix`, or remove the field.",
)

TENANT_FIELD = Code(
    "RC204",
    "the tenant sets this field",
    what="A document has a field that only the tenant sets, such as `id` or `sys_version`.",
    why="Such a field is never sent, so a document can't change it.",
    example="""
kind: statusReason
key: lapsed
spec: {id: 8c1d2f7ab0, name: Lapsed}
""",
    fix="Remove the field. To connect a key with an existing record, use `rhythmconf adopt` or a binding.",
)

MISSING_FIELD = Code(
    "RC205",
    "a required field is missing",
    what="A field that the tenant requires is missing or null. If a switch makes it required, the message names it.",
    why="The tenant would refuse the record.",
    example="""
kind: billingTemplate
key: reminders
spec:
  name: Reminders
  send_renewal_reminders: true     # requires renewal_reminder_options
""",
    fix="Add the field, or turn the switch off.",
)

NOT_ALLOWED = Code(
    "RC206",
    "the value is not allowed",
    what="The field has a list of allowed values, and this is not one of them.",
    why="The tenant would refuse the record.",
    example="""
spec:
  customer_type: contcat     # did you mean 'contact'?
""",
    fix=(
        "Write one of the values that the message lists. `rhythmconf validate --fix` corrects a misspelt one. If "
        "the tenant has the value, declare it with notes on the kind: `rhythmconf docs kinds` shows them."
    ),
)

WRONG_TYPE = Code(
    "RC207",
    "the value has the wrong type",
    what="A value has another type than its field.",
    why='Types matter: `"1"` is a text and `1` is a number. In YAML 1.2 yes, no, on and off are texts.',
    example="""
spec:
  is_active: yes     # write true
""",
    fix="Write the value as the help says, with or without quotes.",
)

BROKEN_RULE = Code(
    "RC208",
    "the value breaks a rule of the schema",
    what="A value breaks a rule such as a minimum, a pattern, a length, or a list without duplicates.",
    why="The tenant would refuse the record, or store something else.",
    example="""
spec:
  program_ids: [cmsi, cmsi]     # 'cmsi' is listed twice
""",
    fix="Change the value so that it follows the rule in the message.",
)

NO_TARGET = Code(
    "RC210",
    "a reference to a key that doesn't exist",
    what="A field refers to a key that no document declares and no binding has.",
    why="In the tenant a reference is an id, and there is no record to take it from.",
    example="""
spec:
  reminder_notice_id: renewl-60     # did you mean 'renewal-60'?
""",
    fix=(
        "If other documents have errors, correct those first: the key may be in one of them. Then correct the key, "
        "write a document for it, or add it to `bindings/<environment>.yaml`. `rhythmconf validate --diff "
        "--unsafe-fixes` shows what a correction would change."
    ),
)

AMBIGUOUS_REFERENCE = Code(
    "RC211",
    "a reference could mean two records",
    what="A field may refer to several kinds, and more than one of them has this key.",
    why="Nothing says which record you mean.",
    example="""
spec:
  status_reason_ids: [lapsed]     # a statusReason and an appStatusReason have this key
""",
    fix="Write the kind before the key: `statusReason/lapsed`.",
)

SKIPPED_TARGET = Code(
    "RC212",
    "a reference to a document that is skipped",
    what="A field refers to a document with `skip: true` in this environment.",
    why="A skipped document has no known record here, so the reference has no id.",
    example="""
# overlays/sandbox/notices.yaml
kind: notice
key: renewal-60
skip: true
""",
    fix="Refer to another key in an overlay, list the field in `unmanaged`, or bind the key to a record.",
)

NOT_BOUND = Code(
    "RC213",
    "a reference to a key without a binding",
    what="A field refers to a record that other people manage, and the bindings file has no id for its key.",
    why="There are no documents of such a kind, so only a binding can say which record you mean.",
    example="""
# bindings/sandbox.yaml
invoiceTemplate:
  standard: 8c1d2f7ab0
""",
    fix="Add the line that the help shows, with the id of the record in this tenant.",
)

LITERAL_ID = Code(
    "RC214",
    "an id of one tenant in a base document",
    what="A base document has a reference `id:...`, which is the id of a record in one tenant.",
    why="Base documents are for all environments, and in another tenant this id is another record or none.",
    example="""
spec:
  group_id: id:8c1d2f7ab0     # the programGroup of one tenant
""",
    fix="Move the line to `overlays/<environment>/`, or give the record a key in the bindings file.",
)

WRONG_KIND = Code(
    "RC215",
    "a reference to the wrong kind",
    what="A reference names a kind that its field can't refer to.",
    why="In the tenant, the id of such a record would mean another record or none.",
    example="""
spec:
  reminder_notice_id: program/cmsi     # the field refers to notice
""",
    fix="Write a key of the kind that the help names.",
)

NAMED_TWICE = Code(
    "RC216",
    "a list names the same record twice",
    what="A list without duplicates has two references to one record, such as `cmsi` and `program/cmsi`.",
    why="In such a list each record counts once, so the second reference has no effect.",
    example="""
spec:
  program_ids: [cmsi, program/cmsi]
""",
    fix="Remove one of them.",
)

UNMANAGED_UNDECLARED = Code(
    "RC220",
    "unmanaged names a field that isn't declared",
    what="`unmanaged` names a field that no document of this key declares.",
    why=(
        "A field that no document has declared isn't managed anyway. Often the pointer is misspelt. But if you have "
        "just removed the field from the document, the line keeps its value in the tenant."
    ),
    example="""
kind: notice
key: renewal-60
unmanaged: [/email/form]     # did you mean 'from'?
""",
    fix="Correct the pointer, or remove it after the next apply.",
)

UNMANAGED_ITEM = Code(
    "RC221",
    "unmanaged names an item of a list",
    what="`unmanaged` names an item of a list.",
    why="A list is managed as a whole: an item has no fixed position in the tenant.",
    example="""
unmanaged: [/renewal_reminder_options/reminders/0]
""",
    fix="Name the whole list: `/renewal_reminder_options/reminders`.",
)

MATCH_IN_BASE = Code(
    "RC222",
    "match is only for overlays",
    what="A base document has `match: '*'`.",
    why="`match` changes every document of a kind in one environment. A base document describes one record.",
    example="""
# config/runs.yaml
kind: recurringBillingRun
match: '*'
spec: {is_active: false}
""",
    fix="Move the document to `overlays/<environment>/`, or give it a `key` instead.",
)

OVERLAY_WITHOUT_BASE = Code(
    "RC223",
    "an overlay for a document that doesn't exist",
    what="An overlay has `skip: true`, or neither `spec` nor `files`, and no base document has its key.",
    why="Such an overlay has no effect. Most often the key is misspelt, or the base document was deleted.",
    example="""
# overlays/sandbox/reasons.yaml, while config/ has the key `lapsed`
kind: statusReason
key: lapsd
skip: true
""",
    fix="Correct the key, for example with `rhythmconf validate --fix --unsafe-fixes`, or remove the overlay.",
)

MATCHES_NOTHING = Code(
    "RC225",
    "an overlay that matches no document",
    what="An overlay has `match: '*'`, and no document is of its kind.",
    why="The overlay changes nothing, although it may be what keeps an environment from sending mails.",
    example="""
# overlays/sandbox/disarm.yaml, while config/ has billing templates only
kind: recurringBillingRun
match: '*'
spec: {is_active: false}
""",
    fix="Correct the kind, or remove the overlay.",
)

SECOND_OF_SINGLETON = Code(
    "RC240",
    "a second document of a singleton",
    what="A kind has one record in each tenant (`class: singleton`), but two documents. The message has both places.",
    why="Both documents would change the same record, and the later one would undo the earlier one.",
    example="""
kind: settings
key: checkout
spec: {}
---
kind: settings     # a tenant has one record of this kind
key: checkout-fees
spec: {}
""",
    fix="Make them one document. What differs between environments belongs in overlays.",
)

NOT_MANAGED = Code(
    "RC241",
    "a document of a kind that is only read",
    what="A document is of a kind with records about single members (`class: transactional`).",
    why="Such records come from what members do. A plan that changed or deleted one would change what a member has.",
    example="""
kind: certification     # in a project whose schemas have this kind
key: jane-doe
spec: {}
""",
    fix="Remove the document. rhythmconf reads such records, but it manages only configuration.",
)
