"""The diagnostic codes of what merges and tools for large files leave in a file."""

from __future__ import annotations

from rhythmconf.model.code import Code

CONFLICT = Code(
    "RC113",
    "a merge that is not resolved",
    what="The file has lines that begin with `<<<<<<<`, `|||||||` or `>>>>>>>`: git's markers of a merge conflict.",
    why="The file has both versions. In a text file, the markers would be sent to members.",
    example="""
<<<<<<< HEAD
  name: Lapsed
=======
  name: Lapsed members
>>>>>>> review
""",
    fix="Keep what is right of each side, remove the lines of markers, and finish the merge with git.",
)

PLACEHOLDER = Code(
    "RC114",
    "a pointer in place of the file",
    what="The file is a pointer of Git LFS or git-annex, or encrypted by git-crypt: its content was not fetched.",
    why="The pointer would be sent in place of the text.",
    example="""
version https://git-lfs.github.com/spec/v1
oid sha256:0c1d2f7ab0...
size 12345
""",
    fix="Run `git lfs pull` (or `git annex get`, `git-crypt unlock`), in a pipeline before rhythmconf.",
)
