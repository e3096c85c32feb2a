"""Every diagnostic code: its title stands in the room that issues it, what it means and what to do stands here."""

from __future__ import annotations

import importlib
from typing import NamedTuple

ROOMS = (
    "errors",
    "text.yaml12",
    "source.documents",
    "source.desired",
    "settings",
    "catalog",
    "tenant.client",
    "engine.identity",
    "engine.diff",
    "engine.plan",
    "engine.journal",
    "engine.execute",
    "tenant.doctor.probe",
    "engine.pull",
    "walk",
    "adoption",
    "source.project.files",
)


class Rule(NamedTuple):
    """A code, its title in a line, and what it means with what to do about it."""

    code: str
    title: str
    text: str


def rules() -> dict[str, Rule]:
    """All codes of all rooms, in order."""
    titles: dict[str, str] = {}
    for room in ROOMS:
        titles |= getattr(importlib.import_module(f"rhythmconf.{room}"), "CODES", {})
    return {code: Rule(code, titles[code], TEXTS[code]) for code in sorted(titles)}


def reference() -> str:
    """All rules as the page `docs/rules.md`."""
    parts = [f"## {rule.code}: {rule.title}\n\n{rule.text}\n" for rule in rules().values()]
    head = "# The codes\n\nWhat `rhythmconf explain CODE` says, made by `scripts/rules`.\n"
    return "\n".join([head, *parts])


TEXTS = {
    "RC000": "A mistake of rhythmconf itself. The message names a log without any of your data: please report it. "
    "What was written so far stands in the run record; `rhythmconf plan` shows what is left.",
    "RC001": "An error without a code of its own. Its message says what is wrong and what to do.",
    "RC002": "A flag or an argument is wrong. `rhythmconf COMMAND --help` ends with examples. A typo never runs "
    "anything: an unknown flag always fails.",
    "RC003": "rhythmconf.yaml, a RHYTHMCONF_ variable or a bindings file has a member or a value that can't be. "
    "The message has the line and column. A `${NAME}` is looked up only for the environment that is used.",
    "RC004": "A schema file of a kind breaks the rules of `schemas/meta.json`: an unknown `x-` keyword, an array "
    "of objects without `x-list-type`, a reference that can't be. The message names the file and the "
    "pointer.",
    "RC100": "A file can't be read as documents, or lies outside the project.",
    "RC101": "The text is not YAML or JSON. The usual causes are a missing quote, a tab in the indentation, or a "
    "colon inside a value that isn't quoted.",
    "RC102": "The same name stands twice in one mapping. Most readers silently take the last one; here it is an "
    "error, because the first one was meant too. Keep one.",
    "RC103": "A member's name is a number, `true` or `null`. JSON has only strings as names: quote it.",
    "RC104": "A `!tag` that is not of YAML's core schema, or one that doesn't fit its value. Remove the tag.",
    "RC105": "JSON has no infinity and no NaN, and no number is this long. Quote it if it is a code.",
    "RC106": "An alias `*name` needs an anchor `&name` before it, outside of itself.",
    "RC107": "Aliases that stand for aliases grow without bound. Write the values out.",
    "RC108": "More than a hundred levels of nesting. No record of the API is that deep.",
    "RC109": "A file may have 10 MiB and a million values. Split it: any layout of files is fine.",
    "RC110": "The file is not UTF-8. Save it as UTF-8 in your editor.",
    "RC111": "The merge key `<<` is not YAML 1.2. Write the members out, or use an overlay for what differs in an "
    "environment.",
    "RC120": "A document is a mapping with `kind`, `key` and `spec`. Several documents in a file are divided by `---`.",
    "RC121": "A document has only the members kind, key, spec, files, moved, protect, skip and unmanaged (and "
    "match in an overlay). Fields of the record belong below `spec`.",
    "RC122": "Every document needs a `kind` and a `key`, and a `spec` unless it only skips, protects or leaves "
    "fields unmanaged.",
    "RC123": "The value of a member has another form than it must have. A key is made of small letters, digits, "
    "`.`, `_` and `-`.",
    "RC124": "A pointer such as `/email/body` leads to nothing that can hold a text.",
    "RC125": "A text file must be named by a relative path that stays inside the project.",
    "RC126": "The file that `files` names isn't there. Correct the name, or write the file.",
    "RC127": "The text file is not UTF-8. Save it as UTF-8 in your editor.",
    "RC130": "It lies among the sources and is not read, so that its documents count as gone: a link to a folder is "
    "not followed (name the folder itself in `sources`), and a suffix has small letters only (`.yaml`).",
    "RC131": "Overlays stand in `overlays/<environment>/`, bindings in `bindings/<environment>.yaml`. A folder or a "
    "file with another name would be read by nobody: correct its name, or remove it.",
    "RC200": "The files have errors, each named with its place. Nothing was sent.",
    "RC201": "No schema describes this kind. `rhythmconf schema` prints those that there are; a further one is a "
    "file in a folder of `schemas`.",
    "RC202": "Two documents claim one key. Both places are named: rename one, or remove it.",
    "RC203": "The kind has no field of this name, so the tenant would ignore or refuse it. Most often it is a "
    "typo: the help names the nearest field.",
    "RC204": "`id`, `sys_version` and their like are kept by the tenant and never sent. Remove the field.",
    "RC205": "A field that the tenant requires is missing. Some are required only while a switch beside them is on.",
    "RC206": "The field takes one of a few words, and this is none of them. The help names the nearest.",
    "RC207": 'The field takes a value of another type: `"1"` is a string, `1` a number.',
    "RC208": "The value breaks a rule of the schema, such as a least value or a list that may not be empty.",
    "RC210": "A reference names the key of another document, and there is none. Correct it, add the document, or "
    "bind the key to a record that is managed elsewhere.",
    "RC211": "The key exists in two kinds that the field can refer to. Write `kind/key`.",
    "RC212": "The document that is referred to has `skip: true` in this environment, so it has no record to point "
    "at. Bind its key, or leave the field unmanaged here.",
    "RC213": "The record is not managed by these files, and the environment's bindings file has no id for it. Add "
    "the line that the help shows.",
    "RC214": "A literal `id:` stands in a base document. It would travel to every environment, where the same id "
    "is another record or none. Put it into an overlay, or bind a key to it.",
    "RC215": "The field refers to records of another kind.",
    "RC216": "A set has the same record twice. Keep one.",
    "RC217": "A binding of a key that no document declares and nothing refers to, while a document without one is "
    "called nearly so. Correct the key. The record of a removed document may keep its line until it is deleted.",
    "RC220": "`unmanaged` names a field that the document doesn't declare. Correct the pointer, or remove it.",
    "RC221": "`unmanaged` can drop whole lists and fields, not an item of a list.",
    "RC222": "`match: '*'` addresses every document of a kind, and stands in overlays only.",
    "RC223": "The overlay skips, protects or leaves fields unmanaged of a document that doesn't exist.",
    "RC224": "An overlay without a base is a document of that environment alone, and here a base document is called "
    "nearly so. Correct the key, unless you do mean another record.",
    "RC230": "There is no document below the folders of `sources`. Nothing would be deleted because of that, but most "
    "often a folder's name is wrong, or a checkout is incomplete.",
    "RC300": "Planning found something that it can't promise. The message names the record.",
    "RC301": "Two records carry one mark, perhaps because a create was delivered twice or a record was copied in "
    "the tenant. Look at both, and delete one or remove its external id.",
    "RC302": "The record's mark says one key, the bindings file another. Correct the bindings file.",
    "RC303": "Another project's mark is on the record. Taking it over is a decision: it is never done silently.",
    "RC304": "Several records fit the document's natural key, and none is marked. Bind the right one in the "
    "bindings file.",
    "RC305": "The record has an external id of another system, perhaps an import's. It is never overwritten; bind "
    "the key to the record's id to manage it all the same.",
    "RC306": "Two documents would be the same record. Remove one, or bind them to different records.",
    "RC307": "The bindings file names a record that the tenant doesn't have any more. Remove the line to create it "
    "again.",
    "RC308": "`moved` names a former key, but a document has that key still. Remove one of them.",
    "RC309": "A new document fits a record whose own document is gone: this looks like a rename. Say so with "
    "`moved: [old-key]`, so that nothing is created twice.",
    "RC310": "A guard looked at the whole plan and refused it, before anything was written. Review the plan; the "
    "message names the flag of `plan` that allows it, which is then stored in the plan.",
    "RC312": "The patch does not give the target when applied. This is a mistake of rhythmconf: please report it.",
    "RC313": "Records need each other to exist first, by required references. One of them has to go without at first.",
    "RC314": "The plan file's digest is not that of its content, its form is broken, or what it shows of a change "
    "is not what the change does. Plan again.",
    "RC315": "The plan was signed with another RHYTHMCONF_PLAN_KEY, or not at all. Set the key that it was made with.",
    "RC316": "The plan file was written by another version of rhythmconf. Plan again.",
    "RC317": "The plan names a kind or a field that the schemas here don't have, or one that the tenant keeps. Plan "
    "again with these schemas.",
    "RC321": "A field refers to a key that has no record here and is not created by this plan.",
    "RC322": "The tenant requires the field, and after this change it would have no value.",
    "RC323": "The items of a list have nothing unique on both sides, so the list is replaced as a whole. A unique "
    "name for each item mends it.",
    "RC324": "`--prune` names a key that still has a document, or that has no record of this project.",
    "RC331": "Files and tenant changed a field in different ways, and you want the tenant's value. It is taken only "
    "once the file says so: change the line that is named, or pull the record, commit, and plan again.",
    "RC332": "Records carry this project's mark, or have a line in the bindings file, but no document wants them. "
    "Without a base nothing says that their documents were removed on purpose, so nothing is deleted: name each with "
    "`--prune`, or write its document again. Only the kinds that still have documents are looked at.",
    "RC340": "The bindings file names a record that the tenant doesn't have, and no other record fits the "
    "document: after a refresh it may have another name. Remove the line to have it created again, or correct the id.",
    "RC400": "The tenant can't be reached, or what it answers makes no sense: the message says which request. "
    "Check base_url and the tenant's name.",
    "RC401": "No token, a wrong or expired one, or no permission. A mistyped address looks the same to this API.",
    "RC402": "The tenant refused a call, and changed nothing by it. The message has its words.",
    "RC403": "The call never left this computer, or surely had no effect. Run the command again.",
    "RC404": "A call left and its answer was lost. The record is read to find out before anything is repeated.",
    "RC405": "`--max-requests` is used up. What was done is on record; plan again to see what is left.",
    "RC500": "Refused, and nothing was written in this run. The message says why, and what would change that.",
    "RC501": "Something was written, or an outcome is unknown, and the plan is not complete. The report has every "
    "change; plan again to see what is left.",
    "RC502": "The user stopped the run. The run record says what was done.",
    "RC503": "The plan is for another tenant than the environment has now. Plan again.",
    "RC504": "A protected environment takes no plan older than its `max_plan_age`. Plan again.",
    "RC510": "A run record can't be read or written. Check the state folder, or give another by RHYTHMCONF_STATE_DIR.",
    "RC511": "Another run holds the lock of this tenant; the message says whose. Wait with `--lock-timeout`. When "
    "its owner dies, the lock is free at once.",
    "RC512": "The state folder lies on a file system without locks, or on a full one. Give a local one by "
    "RHYTHMCONF_STATE_DIR.",
    "RC520": "The tenant was changed since the plan was made: the message names the record, the field and both "
    "values. Nothing was written. Plan again and review what is different.",
    "RC521": "The tenant has none of the records that it had when the plan was made, as after a refresh from "
    "another tenant. Old plans, resumes and rollbacks don't fit it. Plan again.",
    "RC522": "The tenant accepted a call, but a field has another value afterwards. The tenant may own that field.",
    "RC523": "The tenant takes no batch requests for this kind, so each change was a request of its own.",
    "RC524": "A record came back without the mark that was sent: callers of this tenant can't write "
    "`sys_external_id`. The run stops, so that no more is made that can't be recognised. Set the environment's "
    "dialect to `external_id: read-only`, and plan again: keys are kept in the bindings file then.",
    "RC525": "A record was written but could not be read back. Plan again to see whether it took.",
    "RC526": "The plan brings back the values before a run. It is reviewed and guarded like any other. The files still "
    "say what was rolled back: revert their commit too.",
    "RC527": "A rollback restores values, not history: a record that was deleted comes back with another id, and what "
    "members were sent or billed in the meantime stays with them.",
    "RC528": "The files are still those whose apply was rolled back: this plan would apply it again. Revert their "
    "commit, or go on if that is what you want.",
    "RC529": "All of the plan is applied, but git didn't move the ref that remembers its commit as the base of the "
    "environment. Until it is moved, plans compare with the older base.",
    "RC530": "`doctor --probe` made a scratch record and could not delete it, perhaps because the network went away. "
    "Its name begins with `rhythmconf probe`: delete it in Rhythm.",
    "RC531": "A probe needs a kind that can be created, patched and deleted, and that needs no other record.",
    "RC600": "Before anything is written, pull finds out which record each document is about, and here it can't. The "
    "message names the records. Bind the key in the bindings file, or give `--key-map`; a record of another project is "
    "taken over by `adopt`.",
    "RC601": "The record refers to one that the tenant doesn't have any more. The id stands literally in an overlay of "
    "this environment. Correct the record in Rhythm and pull again, or correct the overlay.",
    "RC602": "A text, not a reference, is the id of a record. It is written as it is, and means nothing in another "
    "environment. If the field is a reference, its schema needs an `x-ref`.",
    "RC603": "What the tenant has breaks the schema, perhaps an enum that has grown. The document is written all the "
    "same, and `validate` will name the place.",
    "RC604": "The record was named, so it is pulled, but it carries another project's mark. A plan refuses it until it "
    "is taken over.",
    "RC605": "A text holds half a character (a lone surrogate), which JSON can carry and a file can't. It is left out.",
}
