"""Define the diagnostic codes of identity: which record a key is."""

from __future__ import annotations

from rhythmconf.model.code import Code

DUPLICATE_MARK = Code(
    "RC301",
    "several records carry the same mark",
    what="Two or more records of a kind carry the mark of one key.",
    why=(
        "rhythmconf can't know which one is meant. It happens when two computers apply at the same time, when a create "
        "was delivered twice, or when somebody copied a record in Rhythm."
    ),
    example="program/cmsi: records 'p1' ('CMSI') and 'p7' ('CMSI') carry the mark rhythmconf/hisp/cmsi",
    fix=(
        "Look at the records. `rhythmconf apply --prune-duplicates` deletes all but the oldest of each key; "
        "`--prune-duplicate ID` deletes the one that you name. Or empty the external id of one in Rhythm."
    ),
)

MARK_AND_BINDING_DISAGREE = Code(
    "RC302",
    "the mark and the binding of a record disagree",
    what="The bindings file names one record for the key; the mark is on another, or names another key.",
    why="A change could go to the wrong record.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: p7   # but the mark rhythmconf/hisp/cmsi is on record p1",
    fix="Correct or remove the line in the bindings file. After a rename of the key, add `moved: [old-key]`.",
)

OTHER_PROJECT = Code(
    "RC303",
    "the record is managed by another project",
    what="The record carries the mark of another project.",
    why="Two projects that manage one record would undo each other's changes.",
    example="rhythmconf adopt program/cmsi --from-project other",
    fix=(
        "Remove the document and leave the record to the other project, or take it over with "
        "`rhythmconf adopt KIND/KEY --from-project PROJECT`."
    ),
)

PROJECT_RENAMED = Code(
    "RC341",
    "the records carry another name of the project",
    what=(
        "The tenant has records with the keys of these documents, all with the mark of one other project, and none "
        "with the mark of this one."
    ),
    why="The name of the project is a part of each mark. With another name, the project finds none of its records.",
    example="project: association   # it was `hisp` when the records were applied",
    fix=(
        "Write the former name as `project` in rhythmconf.yaml again. Or keep the new one and take the records over, "
        "in each environment: `rhythmconf adopt KIND/KEY... --from-project FORMER`. It changes only the marks. "
        "Records of the former name that have no document here are not taken over."
    ),
)

AMBIGUOUS_NATURAL_KEY = Code(
    "RC304",
    "several records have the natural key of a document",
    what="Several records without a mark have the natural key of the document, for example the same name.",
    why="rhythmconf never guesses which record to adopt.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: p1",
    fix="Write the id of the right record into `bindings/<environment>.yaml`, or rename the other records in Rhythm.",
)

FOREIGN_EXTERNAL_ID = Code(
    "RC305",
    "the record carries an external id of another system",
    what="The record with the natural key of the document has an external id that another system wrote.",
    why="The mark belongs in the external id, and rhythmconf never overwrites the id of another system.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: p1   # the external id of p1 stays salesforce-12",
    fix="Bind the key to the record: `rhythmconf adopt KIND/KEY`, or a line in `bindings/<environment>.yaml`.",
)

SAME_RECORD = Code(
    "RC306",
    "two keys lead to the same record",
    what="Two documents lead to one record, by their natural key, their bindings, or `moved`.",
    why="One record has one key. Otherwise each apply would undo the other document.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: p1\n  cmsi-old: p1",
    fix="Remove one of the documents, or bind them to different records.",
)

BINDING_WITHOUT_RECORD = Code(
    "RC307",
    "a bound record is gone",
    what="The bindings file names a record that the tenant doesn't have any more.",
    why="The record was deleted, or the tenant was refreshed from another one. The next apply creates it again.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: p1   # deleted in Rhythm",
    fix="Check that the tenant is the one you mean. The apply corrects the line; you can also remove it yourself.",
)

MOVED_KEY_DECLARED = Code(
    "RC308",
    "`moved` names a key that has a document",
    what="A document lists an earlier key under `moved`, but another document still has that key.",
    why="A former key of one document can't be the key of another one.",
    example="kind: program\nkey: cmsi\nmoved: [cmsi-old]   # config/program/cmsi-old.yaml still exists",
    fix=(
        "Remove the name from `moved`, or remove the other document. If several keys change, so that one document gets "
        "the former key of another, rename and apply one after the other. To exchange two keys, use a third one in "
        "between."
    ),
)

ORPHAN_NATURAL_KEY = Code(
    "RC309",
    "a new key has the natural key of a record that lost its document",
    what="A new document has the same natural key as a record of this project whose document is gone.",
    why="It looks like a rename. Without `moved`, a second record is created.",
    example="kind: program\nkey: cmsi\nmoved: [cmsi-old]",
    fix="If the key was renamed, add `moved: [old-key]` to the document.",
)

LOOKALIKE_RECORD = Code(
    "RC333",
    "a record looks like the one that a document creates",
    what=(
        "A document creates, adopts or renames a record, and the tenant has another one whose natural key looks the "
        "same. "
        "The two differ only in case, width, Unicode form, spaces, invisible characters, dashes or quotes."
    ),
    why=(
        "Most often both are meant to be one record. rhythmconf compares names exactly and never adopts a record on a "
        "guess, so people would see two records of one name."
    ),
    example='spec:\n  name: "Caf\\u00e9 Safety"   # the tenant has "Cafe\\u0301 Safety", with an accent of its own',
    fix=(
        "If they are the same record, bind the key to its id in `bindings/<environment>.yaml`, or write the name as "
        "the tenant has it. If not, give one of them a name that people can tell apart."
    ),
)
