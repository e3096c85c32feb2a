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

GIT_FAILED = Code(
    "RC532",
    "git can't answer in this work tree",
    what="The project is in a git repository, and git failed, is not installed, or did not answer in time.",
    why=(
        "Without git nothing shows who changed what: work of the staff in the tenant would be overwritten without a "
        "conflict."
    ),
    example="fatal: detected dubious ownership in repository at '/builds/association'",
    fix=(
        "Do what git says until `git status` works in the folder; in a container often `git config --global --add "
        "safe.directory FOLDER`. To plan without git on purpose, give `--no-base`."
    ),
)
