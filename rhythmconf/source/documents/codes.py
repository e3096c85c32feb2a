"""The diagnostic codes of documents, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

NOT_A_MAPPING = Code(
    "RC120",
    "a document is not a mapping",
    what="A document is a list or a single value. It must be a mapping with `kind`, `key` and `spec`.",
    why="Only a mapping can say which record it describes.",
    example="""
- kind: statusReason
  key: lapsed
""",
    fix="Write each document as a mapping, and a line `---` between two documents of one file.",
)

UNKNOWN_MEMBER = Code(
    "RC121",
    "a document has an unknown member",
    what=(
        "The top level of a document has a name that is not one of kind, key, spec, files, moved, protect, skip, "
        "unmanaged and match."
    ),
    why="A misspelt member would have no effect. A field of the record belongs inside `spec`.",
    example="""
kind: statusReason
key: lapsed
name: Lapsed          # belongs inside spec
""",
    fix="Correct the name with `rhythmconf validate --fix`, or move the field into `spec`.",
)

MISSING_MEMBER = Code(
    "RC122",
    "a document lacks a member",
    what=(
        "A document has no `kind`, no `spec`, or neither `key` nor `match`. A document with `files`, `skip`, `protect` "
        "or `unmanaged` needs no `spec`."
    ),
    why="Without kind and key nothing says which record the document describes.",
    example="""
kind: statusReason
spec:
  name: Lapsed
""",
    fix="Add the member, for example `key: lapsed`.",
)

BAD_MEMBER = Code(
    "RC123",
    "a member has a wrong value",
    what="A member of a document has a value of the wrong form.",
    why=(
        "Each member has its form: a key is a string of a-z, 0-9, `.`, `_` and `-`, `match` is `'*'`, `skip` and "
        "`protect` are true or false, `files` maps pointers to paths, `unmanaged` is a list of pointers, `moved` is an "
        "earlier key or a list of them."
    ),
    example="""
kind: statusReason
key: Lapsed Members     # for example: lapsed-members
""",
    fix="Write the value in the form that the message names.",
)

BAD_POINTER = Code(
    "RC124",
    "a pointer doesn't lead to a field",
    what="A pointer in `files` or `unmanaged` is not a JSON Pointer, or leads to a place that can't hold a text.",
    why="A pointer such as `/email/body` names a field inside `spec`. It begins with a slash.",
    example="""
files: {email/body: mails/renewal.html}     # must be /email/body
""",
    fix="Correct the pointer. Where `spec` has a value at this pointer already, remove that value.",
)

BAD_TEXT_PATH = Code(
    "RC125",
    "a text file is outside the project",
    what=(
        "A path in `files` is absolute, leads out of the project, names a folder or a hidden file, or has a backslash."
    ),
    why=(
        "A project must mean the same on every computer, so it may not depend on files elsewhere. Hidden files such as "
        "`.env` and `.git/config` hold secrets, which a mail must not have."
    ),
    example="""
files: {/email/body: /home/ada/renewal.html}
""",
    fix="Copy the file into the project and write its path relative to the document, with `/`.",
)

MISSING_TEXT = Code(
    "RC126",
    "a text file is missing",
    what="A file that `files` names doesn't exist.",
    why="The document can't be sent without its text.",
    example="""
files: {/email/body: mails/renewl.html}     # the file is mails/renewal.html
""",
    fix="Correct the path, or create the file.",
)

TEXT_NOT_UTF8 = Code(
    "RC127",
    "a text file is not UTF-8",
    what="A file that `files` names has another encoding than UTF-8.",
    why="With a wrong encoding, letters such as é would arrive changed.",
    example="""
iconv -f WINDOWS-1252 -t UTF-8 old.html > mails/renewal.html
""",
    fix="Save the file as UTF-8 in your editor, or convert it with `iconv`.",
)
