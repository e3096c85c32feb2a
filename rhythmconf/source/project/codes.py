"""The diagnostic codes of the files of a project."""

from __future__ import annotations

from rhythmconf.model.code import Code

IGNORED_FILE = Code(
    "RC130",
    "file among the sources that is not read",
    what="A link to a folder, or a file whose suffix has capital letters, lies among the sources and is not read.",
    why="Its documents count as removed, and their records could be deleted.",
    example="config/programs.YAML",
    fix="Write the suffix in small letters (`.yaml`). Name the folder behind a link in `sources`.",
)

MISPLACED_FILE = Code(
    "RC131",
    "overlay or bindings file of no environment",
    what="A folder below `overlays/` or a file below `bindings/` doesn't have the name of an environment.",
    why="No command would read it, so the differences of an environment would be ignored.",
    example="overlays/prodution/drops.yaml   # the environment is called production",
    fix="Correct the name, or remove the file. Names: `overlays/<environment>/`, `bindings/<environment>.yaml`.",
)
