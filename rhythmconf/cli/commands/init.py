"""`rhythmconf init`: create a small project that works without an account, or pipelines for a project."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click

from rhythmconf.cli import complete
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit_result
from rhythmconf.errors import UsageError
from rhythmconf.flows.init import GITIGNORE, Additions, Initialised, WrittenPipeline, init, init_empty, update
from rhythmconf.model import configure_fetch, dump
from rhythmconf.report.subjects import revised
from rhythmconf.report.terminal import Line, safe

EPILOG = """\b
Examples:
  rhythmconf init demo
  rhythmconf init --empty my-association    # for a tenant with records
  rhythmconf init --github --vscode     # in an existing project
  rhythmconf init --github --env sandbox --env production
  rhythmconf init --github --update     # after an update of rhythmconf"""

CHAPTERS = {"github": "GitHub, step by step", "gitlab": "GitLab, step by step"}
"""The sections of docs/pipelines.md that go on where `init` ends."""

environments_option = click.option(
    "--env",
    "environments",
    metavar="NAME",
    multiple=True,
    shell_complete=complete.environments,
    help="An environment of the pipeline. Repeat it in the order of promotion, such as sandbox, then production.  "
    "[default: the protected environments]",
)


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[DIRECTORY]", default=".")
@click.option(
    "--project", metavar="NAME", help="The name of the project. It is part of every mark.  [default: the folder's name]"
)
@click.option("--empty", is_flag=True, help="Write no example documents: for a tenant that has records already.")
@click.option("--github", "extras", flag_value="github", multiple=True, help="Add a workflow for GitHub Actions.")
@click.option("--gitlab", "extras", flag_value="gitlab", multiple=True, help="Add a pipeline for GitLab CI.")
@click.option("--vscode", "extras", flag_value="vscode", multiple=True, help="Add settings for VS Code.")
@click.option(
    "--update",
    "updates",
    is_flag=True,
    help="Replace the pipeline by that of this version. What you chose at its top is kept.",
)
@shared_options(env=environments_option)
def command(
    options: Options,
    folder: str,
    project: str | None,
    extras: tuple[str, ...],
    environments: tuple[str, ...],
    *,
    empty: bool,
    updates: bool,
) -> int:
    """Create a small project in DIRECTORY: settings, three resources and the schemas for editors.

    The tenant of the new project is a local file, so plan and apply work at once, without an account. In a project
    that exists already, only the files of --github, --gitlab or --vscode are added. A pipeline is written at the top
    of the git repository, for its default branch; its scripts are in the project.

    Existing files are never overwritten. If the pipeline is already there, `init` shows how this version would change
    it, and ends with 2 if it would. --update then replaces the files that are committed in git.
    """
    root = options.directory / folder
    additions = Additions(extras, environments)
    _check(additions, updates=updates)
    done = update(root, additions) if updates else (init_empty if empty else init)(root, project, additions)
    terminal = console(options.color, quiet=options.quiet)
    paths = [str(path) for path in done.written]
    emit_result(
        options,
        terminal,
        {
            "text": lambda: [] if options.quiet else _text(done),
            "json": lambda: dump({"written": [*paths], "differing": [*done.after]}),
        },
    )
    _hint(terminal, done, folder=str(root), empty=empty)
    return 2 if done.after else 0


def _check(additions: Additions, *, updates: bool) -> None:
    """Raise UsageError for an option that only pipelines have, or an environment that is given twice."""
    if not additions.hosts and (updates or additions.environments):
        flag = "--update" if updates else "--env"
        raise UsageError(
            f"{flag} changes nothing without --github or --gitlab", help=f"add one of them, or leave out {flag}"
        )
    twice = [name for name in additions.environments if additions.environments.count(name) > 1]
    if twice:
        raise UsageError(
            f"--env {twice[0]} is given twice", help="name each environment once, in the order of promotion"
        )


def _text(done: Initialised) -> Iterator[Line]:
    for path in done.written:
        yield [("plain", f"  {safe(str(path))}")]
    yield from revised.diff(done.before, done.after)


def _hint(terminal: Console, done: Initialised, *, folder: str, empty: bool) -> None:
    """Say on stderr what to do next."""
    if done.to_ignore:
        terminal.hint([("plain", f"Add to your {GITIGNORE}: {' and '.join(done.to_ignore)}")])
    for remote in done.remotes:
        command = safe(configure_fetch(remote))
        terminal.hint([("plain", f"So that git fetches what colleagues have applied: {command}")])
    for pipeline in done.pipelines:
        for text in (*_describe(pipeline), *_advise(pipeline, done)):
            terminal.hint([("plain", safe(text))])
    step = f"cd {shlex.quote(safe(folder))} && " if folder != "." else ""
    if not done.existed and empty:
        terminal.hint(
            [("plain", f"Next: {step}write your tenant into rhythmconf.yaml, then rhythmconf doctor --env sandbox")]
        )
    elif not done.existed:
        terminal.hint([("plain", f"Next: {step}rhythmconf validate, then rhythmconf plan")])
    elif not done.pipelines:
        text = "commit them. After documents were added or removed: rhythmconf schema -o rhythmconf.schema.json"
        terminal.hint([("plain", f"Next: {text}")])


def _describe(pipeline: WrittenPipeline) -> Iterator[str]:
    """Yield what a pipeline was written for."""
    checkout, choices = pipeline.checkout, pipeline.choices
    file, branches, correct = pipeline.path, ", ".join(choices.branches), "correct `branches` in it"
    if not checkout.branch:
        yield f"No git repository says which branch is merged into: {file} is for {branches}"
    elif pipeline.host == "github" and checkout.branch not in choices.branches:
        yield f"{file} is for {branches}, but the branch of this repository is {checkout.branch}: {correct}"
    elif pipeline.host == "github" and checkout.current:
        yield f"{file} is for {branches}, the branch that is checked out. If you merge into another, {correct}"
    elif pipeline.host == "github":
        yield f"{file} is for {branches}, the default branch"
    if checkout.folder:
        yield f"It is at the top of the repository, where the host looks for it; its scripts are in {checkout.folder}"
    if len(choices.environments) > 1:
        yield f"Each commit goes to {', then to '.join(choices.environments)}"


def _advise(pipeline: WrittenPipeline, done: Initialised) -> Iterator[str]:
    """Yield what is left to do."""
    if done.after:
        yield "Nothing was written. The lines with - would go, yours too. Commit them, then add --update"
    elif not done.written:
        yield f"{pipeline.path} and its scripts are those of this version"
    elif done.before:
        yield "Replaced. `git diff` shows the lines that went; if you wrote some of them, put these back"
    else:
        for name in pipeline.to_define:
            yield f'Add the environment {name} to rhythmconf.yaml: see "Secrets" of `rhythmconf docs pipelines`'
        if pipeline.included:
            yield f"Add to .gitlab-ci.yml: include: [{{local: {pipeline.file}}}]"
        if not pipeline.choices.source or not pipeline.choices.commit:
            yield f"Set RHYTHMCONF_SOURCE and RHYTHMCONF_COMMIT at the top of {pipeline.path}"
        yield f'Follow "{CHAPTERS[pipeline.host]}" of `rhythmconf docs pipelines`, then commit the files'
