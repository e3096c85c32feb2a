"""Define the diagnostic codes of plans and plan files."""

from __future__ import annotations

from rhythmconf.model.code import Code

GUARD = Code(
    "RC310",
    "a guard refuses the plan",
    what="A rule about the whole plan does not hold. The message names the rule, and the record or the kind.",
    why=(
        "Guards stop mistakes that are hard to reverse, such as deleting most records of a kind. They are checked "
        "before the first write, so nothing was written."
    ),
    example="5 of 12 records of notice (41.7 %) would be deleted; the limit is 30 %",
    fix=(
        "Review the plan. If it is what you want, run `plan` again with the flag that the message names, for example "
        "`rhythmconf plan --allow-deletes notice=42%`. The flag is stored in the plan and shown to reviewers."
    ),
)

FINDING = Code(
    "RC311",
    "a rule found an error, so the plan is not applied",
    what="What the plan leaves in the tenant has a finding of a rule whose severity is error.",
    why=(
        "Such a finding is about what the documents mean: for example a drop of people who have not expired yet. The "
        "plan is shown, so that it can be reviewed, but it is not applied. Nothing was written."
    ),
    example="RC706: the window of drop_options takes dates after the run",
    fix=(
        "Correct the line that the finding names, and plan again. If it is meant so, say why on the line "
        "(`# rhythmconf: allow RC706 because ...`) or lower the rule with `lint: {RC706: warning}` in rhythmconf.yaml."
    ),
)

PATCH_MISSES_TARGET = Code(
    "RC312",
    "a patch does not reach its target",
    what="A patch, applied to the live record, does not give the record that was planned.",
    why="Sending it would write something that nobody reviewed. So no plan is made.",
    fix="This is a bug in rhythmconf. Report it with the document and the live record.",
)

FROZEN = Code(
    "RC320",
    "a run is near, so the plan is not applied",
    what=(
        "The environment has `freeze_hours`. So many hours before a run, `apply` and `rollback` don't change its "
        "template or its schedule."
    ),
    why=(
        "Rhythm prepares a run some time before it, and people look at its list. A change in that time makes the run "
        "do something else than the list says, or comes too late for it."
    ),
    example="billingTemplate/drops-weekly runs in 3.0 hours, and the plan changes it",
    fix=(
        "Apply the plan after the run. If the run must not happen as it is now, repeat the command with "
        "`--ignore-freeze`, and look at the list of the run in Rhythm."
    ),
)

FREEZE_UNKNOWN = Code(
    "RC343",
    "the hours before a run can't be kept",
    what="The environment has `freeze_hours`, and a schedule of a template that the plan changes isn't understood.",
    why="Nobody can say when it runs, so the plan may be applied just before a run.",
    example="recurringBillingRun/drops: 'rhythm:weekly:1'",
    fix="Say what the schedule means in `calendar: {schedules: {KEY: ...}}`, and look in Rhythm for the next run.",
)

REFERENCE_CYCLE = Code(
    "RC313",
    "records need each other, so none can come first",
    what="Some records refer to each other in a cycle, and every reference of the cycle is required.",
    why="The tenant accepts a reference only to a record that exists, so none of them can be created first.",
    example="knot/a: {must_id: b}\nknot/b: {must_id: a}",
    fix=(
        "Turn off a switch that makes one of the references required, or create one of the records in Rhythm and bind "
        "it with `rhythmconf adopt`."
    ),
)

DAMAGED_PLAN = Code(
    "RC314",
    "the plan file is damaged or was edited",
    what=(
        "The digest of the plan file does not match its content, a member is wrong, or the fields that it shows do "
        "not match its patches."
    ),
    why="Only what was reviewed may be applied, byte by byte.",
    example="rhythmconf apply production.plan   # after an edit of production.plan",
    fix="Run `rhythmconf plan -o FILE` again, review the plan, and apply it unchanged.",
)

BAD_SIGNATURE = Code(
    "RC315",
    "the plan file's signature can't be verified",
    what="The plan was signed with another RHYTHMCONF_PLAN_KEY than the one that is set, or one of the two is missing.",
    why="The signature shows that the plan comes from somebody who has the key.",
    example="RHYTHMCONF_PLAN_KEY=new-key rhythmconf apply production.plan",
    fix="Set the RHYTHMCONF_PLAN_KEY with which the plan was made, or run `plan` again with the key that is set.",
)

OTHER_FORMAT = Code(
    "RC316",
    "the plan file has another format version",
    what="The plan file was written by a version of rhythmconf with another plan format.",
    why="A format that is not known can't be checked.",
    example='{"format_version": 2, ...}',
    fix="Apply the plan with the version of rhythmconf that made it, or run `rhythmconf plan -o FILE` again.",
)

UNKNOWN_TO_CATALOG = Code(
    "RC317",
    "the plan doesn't fit the kinds known here",
    what="The plan has a kind or a field that the schemas here lack, or writes a field that can't be written.",
    why="A plan writes only what a schema describes, whatever its file says.",
    example="rhythmconf apply production.plan   # in a checkout without the project's schemas/",
    fix="Apply the plan with the schemas with which it was made, or run `rhythmconf plan -o FILE` again.",
)

OTHER_TENANT = Code(
    "RC503",
    "the plan is for another tenant",
    what="The plan was made for another tenant or address than the environment has now.",
    why="The ids in a plan are those of one tenant. In another they are missing, or belong to other records.",
    example="rhythmconf apply sandbox.plan   # after `tenant:` of sandbox was changed",
    fix="Run `rhythmconf plan --env NAME -o FILE` again, or correct the environment in rhythmconf.yaml.",
)

PLAN_TOO_OLD = Code(
    "RC504",
    "the plan is too old",
    what="The plan is older than `max_plan_age` of a protected environment, or its time is in the future.",
    why="The longer a plan waits, the less its reviewers know about the tenant to which it is applied.",
    example="rhythmconf apply production.plan   # made 8 days ago; max_plan_age is 7 days",
    fix="Run `rhythmconf plan --env NAME -o FILE` again and review it. Check the clocks if the time is wrong.",
)

OTHER_PROJECT = Code(
    "RC318",
    "the plan was made for another project",
    what="The plan file names another project than the `rhythmconf.yaml` here, or none.",
    why="The plan writes marks of that project into the records, so the documents here would not manage them.",
    example="the plan was made for project 'hisp'; this project is 'other'",
    fix="Apply the plan in the folder of its project, or run `rhythmconf plan -o FILE` here.",
)

OTHER_MAKER = Code(
    "RC319",
    "the plan was made by another version, or with other kinds",
    what="Another version of rhythmconf made the plan, or the schemas of its kinds are not those that are used here.",
    why="Another version may read the same plan in another way. An apply does exactly what was reviewed, or refuses.",
    example="the plan was made by rhythmconf 0.1.0; this is 0.2.0",
    fix="Apply it with the version and the schemas that made it, or plan again.",
)

BOUND_TO_NOTHING = Code(
    "RC542",
    "the plan binds a key to a record that is not there",
    what="The plan would write a binding to a record that the tenant doesn't have any more.",
    why="The next plan would create the record of that key again.",
    example="the plan binds program/cmsi to record 'p7', which is not there",
    fix="Run `rhythmconf plan` again.",
)

EMPTY_ASSUMED = Code(
    "RC552",
    "a plan that assumes an empty tenant",
    what="`plan --empty-tenant` made this plan: it adds every document, whatever the tenant holds.",
    why="An apply of it could create records that the tenant has already.",
    example="rhythmconf apply first.plan   # made with --empty-tenant",
    fix="Plan again without `--empty-tenant`, review that plan, and apply it.",
)
