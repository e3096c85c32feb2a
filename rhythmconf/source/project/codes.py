"""The diagnostic codes of the files of a project."""

from __future__ import annotations

from rhythmconf.model.code import Code

IGNORED_FILE = Code(
    "RC130",
    "file among the sources that is not read",
    what=(
        "A link to a folder, a file whose suffix has capital letters, or a file that looks like a document under "
        "another name (`lapsed.yaml.txt`, `lapsed.ymal`, a text that begins with `kind:`) lies among the sources and "
        "is not read."
    ),
    why="Its documents count as removed, and their records could be deleted.",
    example="config/programs.YAML",
    fix=(
        "Write the suffix as `.yaml`, `.yml` or `.json`, in small letters. Name the folder behind a link in `sources`. "
        "Move a file that is no document to another folder."
    ),
)

MISPLACED_FILE = Code(
    "RC131",
    "overlay or bindings file of no environment",
    what="A folder in `overlays/` or a file in `bindings/` or `overrides/` doesn't have the name of an environment.",
    why="No command would read it, so the differences of an environment would be ignored.",
    example="overlays/prodution/drops.yaml   # the environment is called production",
    fix="Correct the name, or remove the file. Names: `overlays/<environment>/`, `bindings/<environment>.yaml`.",
)

GIT_FAILED = Code(
    "RC532",
    "git can't answer in this work tree",
    what="The project is in a git repository, and git failed, is not installed, or did not answer in time.",
    why=(
        "Without git, rhythmconf can't see who changed what. A plan would overwrite what the staff changed in the "
        "tenant and report no conflict."
    ),
    example="fatal: detected dubious ownership in repository at '/builds/association'",
    fix=(
        "Do what git says until `git status` works in the folder. In a container this is often `git config "
        "--global --add safe.directory FOLDER`. To plan without git on purpose, give `--no-base`."
    ),
)

EMPTY_SOURCE = Code(
    "RC132",
    "a source folder has no document",
    what="One of the folders that `sources` in rhythmconf.yaml names has no document, while others have.",
    why=(
        "Most often a download failed, a submodule is not checked out, or the name of the folder is wrong. The records "
        "of its documents are not managed any more."
    ),
    example="""
# rhythmconf.yaml, while shared/ is empty
sources: [config, shared]
""",
    fix=(
        "Fetch the files. Remove the folder from `sources` only if its documents are gone on purpose: the next plan "
        "then deletes the records that they declared."
    ),
)

SHARED_STATE = Code(
    "RC513",
    "the shared lock and run records can't be reached",
    what=(
        "The environment shares its lock and its run records (`state`), and the git remote or the bucket that keeps "
        "them can't be reached, or has something else in their place."
    ),
    why="Without the lock, a colleague or a pipeline could write to the tenant at the same time. So nothing is sent.",
    example="rhythmconf apply --env production   # without a network",
    fix=(
        "With `state: git`, make `git ls-remote REMOTE` work in the folder of the project; you need the right to push. "
        "With a bucket, set the variables of the cloud; you need the right to list, read and write below its prefix. "
        "`plan`, `history` and `show run` go on with what this computer last saw, and warn."
    ),
)

MISSPELT_FOLDER = Code(
    "RC133",
    "a folder that looks like overlays or bindings",
    what="A folder beside rhythmconf.yaml has nearly the name `overlays` or `bindings`, and holds documents.",
    why="Nothing reads the folder, so the differences of an environment would be ignored.",
    example="overlay/sandbox/disarm.yaml   # the folder is called overlays",
    fix=(
        "Rename the folder. Don't add it to `sources`: its documents would count in every environment. If it is for "
        "something else, give it a name that is less similar."
    ),
)

REPLACED_KIND = Code(
    "RC135",
    "the project has its own schema of a shipped kind",
    what="A folder of `schemas` has a whole schema file of a kind that rhythmconf ships. The project's file counts.",
    why="What a later version of rhythmconf corrects in its own file doesn't reach the project.",
    example="kinds/certifications/program.json   # rhythmconf ships certifications/program",
    fix=(
        "Write only what differs into notes, such as `kinds/certifications/program.notes.yaml`, and remove the file. "
        "Keep it if you mean to maintain the kind yourself."
    ),
)
