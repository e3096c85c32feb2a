"""Define the diagnostic codes of a comparison."""

from __future__ import annotations

from rhythmconf.model.code import Code

DANGLING_REFERENCE = Code(
    "RC321",
    "a reference has no record in this tenant",
    what="A field refers to a key that has no record in this tenant, and this plan doesn't create one.",
    why="The tenant stores ids. Without a record there is no id to send.",
    example=(
        "kind: applicationNotice\nkey: welcome\nspec:\n"
        "  restricted_program_ids: [cmsi]   # program/cmsi has an error of its own and no record yet"
    ),
    fix=(
        "Correct the other problem of that key, which is reported too, or bind the key to a record's id in "
        "`bindings/<environment>.yaml`."
    ),
)

REQUIRED_WITHOUT_VALUE = Code(
    "RC322",
    "a required field would have no value",
    what=(
        "The tenant requires the field, perhaps only while a switch beside it is on. After this change it would have "
        "no value."
    ),
    why="The tenant would reject the write.",
    example="spec:\n  send_renewal_reminders: true   # renewal_reminder_options is required while this is true",
    fix="Give the field a value in the document, or turn the switch off.",
)

UNMATCHED_ITEMS = Code(
    "RC323",
    "the items of a list can't be distinguished",
    what=(
        "Several items of a list have the same name in the tenant, or some have no key at all. Where the document has "
        "two items of one name, RC234 names them."
    ),
    why=(
        "Items with the same name are matched by their other values, then by their order, so a value could go to the "
        "wrong item. If some items have no key at all, the whole list is replaced and its items get new ids."
    ),
    example="reminders:\n  - name: Reminder\n  - name: Reminder",
    fix="Give each item of the list a unique name, in Rhythm or in the document.",
)

NOT_PRUNED = Code(
    "RC324",
    "a key to prune has a document, or no record",
    what="`--prune` names a key that still has a document, or that has no record of this project in the tenant.",
    why="Only a record without a document is deleted. Nothing happens to this key.",
    example="rhythmconf plan --prune program/cmsi   # config/program/cmsi.yaml still exists",
    fix="Delete the document first, or correct the key.",
)

RENAMED_WITHOUT_MOVED = Code(
    "RC342",
    "a new record differs from a deleted one only in its natural key",
    what=(
        "The plan deletes a record whose document is gone, and creates one of the same kind. All other fields that the "
        "new document declares have the same values."
    ),
    why=(
        "It looks like a rename of the key and the name in one step. Without `moved`, the record gets a new id, and "
        "what refers to the old one in the tenant is lost."
    ),
    example="kind: program\nkey: dock-boss\nmoved: [dock-supervisor]\nspec: {name: Dock Boss}",
    fix="If the key was renamed, add `moved: [old-key]` to the document. Otherwise there is nothing to do.",
)
