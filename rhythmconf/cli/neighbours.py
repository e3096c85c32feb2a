"""Say what to type here for a command or an option that doesn't exist.

People know other programs: terraform, kubectl, octoDNS, decK, gh. The tables have their words. Any other word gets the
nearest name of rhythmconf, if it is near enough, and never one that does more harm than what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import click

from rhythmconf.model.suggest import suggest

_ONLY = "`--only KIND/KEY` plans one resource and those it depends on"
_ENV = "`--env NAME` chooses the environment"
_JSON = "`--format json` prints JSON"
_DIR = "`-C DIR` runs as if started in DIR"
_PLAN = "`rhythmconf plan` shows what would change, and changes nothing"
_READS = "every plan reads the tenant; `rhythmconf drift` shows what was changed there"
_PULL = "`rhythmconf pull` writes the tenant's records into files"
_VALIDATE = "`rhythmconf validate` checks all files"
_SHOW = "`rhythmconf show KIND/KEY` shows one resource, with `--live` also in each tenant"
_STATE = f"the tenant itself is the state; {_SHOW}"
_ENVIRONMENTS = f"environments are listed in rhythmconf.yaml; {_ENV}"
_WRITE = "write a document for it, then `rhythmconf plan`"
_LOGIN = "put a token into RHYTHMCONF_TOKEN, or `auth` into rhythmconf.yaml; `rhythmconf doctor` checks it"
_VALUES = f"values of one environment belong in overlays/NAME/; {_ENV}"
_APPROVE = "apply shows a plan and asks; without a terminal, save a plan with `rhythmconf plan -o FILE` and apply FILE"

COMMANDS: Mapping[str, str] = {
    "auth": _LOGIN,
    "check": _VALIDATE,
    "create": _WRITE,
    "delete": "remove its document, then `rhythmconf plan`",
    "describe": _SHOW,
    "destroy": "`rhythmconf plan --destroy` shows what would be deleted, and deletes nothing",
    "dump": _PULL,
    "edit": "edit its document, then `rhythmconf plan`",
    "env": _ENVIRONMENTS,
    "export": _PULL,
    "fmt": "`rhythmconf format` formats documents",
    "force-unlock": "`rhythmconf unlock` releases the lock of a dead process",
    "get": _SHOW,
    "import": f"{_PULL}; `rhythmconf adopt` takes over those that documents describe",
    "lint": _VALIDATE,
    "log": "`rhythmconf history` lists past runs",
    "login": _LOGIN,
    "ls": "`rhythmconf list` lists documents and records, `rhythmconf history` the runs",
    "new": "`rhythmconf init NAME` creates a project",
    "output": f"{_SHOW}; {_JSON}",
    "ping": "`rhythmconf doctor` checks settings, token and tenant",
    "preview": _PLAN,
    "refresh": _READS,
    "revert": "`rhythmconf rollback RUN` plans the reversal of a run",
    "rm": "remove its document, then `rhythmconf plan`",
    "runs": "`rhythmconf history` lists past runs",
    "select": _ENVIRONMENTS,
    "serve": "`rhythmconf emulator` serves an emulated tenant",
    "state": _STATE,
    "status": f"{_PLAN}; `rhythmconf drift` shows what was changed in the tenant",
    "sync": f"{_PLAN}; `rhythmconf apply` shows it, asks and applies it",
    "test": _VALIDATE,
    "undo": "`rhythmconf rollback RUN` plans the reversal of a run",
    "up": f"{_PLAN}; `rhythmconf apply` shows it, asks and applies it",
    "version": "`rhythmconf --version` prints the version",
    "workspace": _ENVIRONMENTS,
}
"""What to type for a command of another program."""

OPTIONS: Mapping[str, str] = {
    "assume-yes": _APPROVE,
    "backend-config": _STATE,
    "chdir": _DIR,
    "check-only": _PLAN,
    "config": _DIR,
    "config-file": _DIR,
    "context": _ENV,
    "debug": "`-v` logs each request",
    "directory": _DIR,
    "doit": f"{_PLAN}; `rhythmconf apply` shows it, asks and applies it",
    "dry-run": _PLAN,
    "environment": _ENV,
    "filename": f"all files below `sources` in rhythmconf.yaml are read; {_DIR}",
    "force": "nothing is forced: the message of each refusal says what allows it",
    "input": _APPROVE,
    "jq": _JSON,
    "json": _JSON,
    "kubeconfig": _ENV,
    "list": "`rhythmconf explain` without a code lists all codes",
    "lock": "`apply --lock-timeout SECONDS` waits for the lock of another run",
    "log-level": "`-v` logs each request",
    "namespace": _ENV,
    "no-color": "`--color never` prints no colours",
    "non-interactive": _APPROVE,
    "output": f"{_JSON}; `--output-file FILE` writes it to a file",
    "parallelism": "requests travel in batches; `apply --max-requests N` limits how many are sent",
    "path": _DIR,
    "recursive": "all documents of the project are read; nothing to add",
    "refresh": _READS,
    "refresh-only": _READS,
    "replace": "a record is never replaced; a plan changes its fields",
    "resource": _ONLY,
    "select": _ONLY,
    "selector": _ONLY,
    "silent": "`-q` shows neither progress nor hints",
    "state": _STATE,
    "target": _ONLY,
    "tenant": _ENV,
    "var": _VALUES,
    "var-file": _VALUES,
    "workspace": _ENV,
    "y": _APPROVE,
    "write": "`rhythmconf format` writes files unless `--check` or `--diff` is given",
    "yes": _APPROVE,
}
"""What to type for an option of another program, by its name without dashes."""

HARMFUL = ("allow", "auto-approve", "destroy", "no-base", "ours", "prune", "rebind", "retire", "theirs", "unsafe")
"""How the names of options begin that delete, overwrite or approve something. None of them is ever suggested."""


def help_for_command(name: str, arguments: Sequence[str], names: Iterable[str]) -> str:
    """Return the help for a command that doesn't exist; `arguments` are those behind it."""
    if name == "help" and arguments and arguments[0] in names:
        return f"`rhythmconf {arguments[0]} --help` explains the command"
    see = "see 'rhythmconf --help'"
    if name in COMMANDS:
        return f"{COMMANDS[name]}; {see}"
    return f"{suggest(name, names)} {see}".strip()


def as_typed(name: str, argv: Sequence[str]) -> str:
    """Return the word of the command line that an unknown option comes from, without its value.

    With one dash (`-auto-approve`) click takes each letter for an option and reports the first that it doesn't know.
    """
    words = [word.partition("=")[0] for word in argv if word.startswith("-")]
    if name in words or name.startswith("--"):
        return name
    return next((word for word in words if not word.startswith("--") and name[1:] in word), name)


def help_for_option(typed: str, context: click.Context | None) -> str:
    """Return the help for an option that doesn't exist."""
    word = typed.lstrip("-")
    path = context.command_path if context else "rhythmconf"
    options = [option for option in _options(context) if option.startswith("--")]
    is_group = isinstance(context.command, click.Group) if context else True
    see = f"see '{path} --help'"
    if f"--{word}" in options:
        return f"write it with two dashes: --{word}; {see}"
    if word in OPTIONS:
        return f"{OPTIONS[word]}; {see}"
    if is_group:
        return f"options come after the command; {see}"
    said = suggest(f"--{word}", [option for option in options if not option[2:].startswith(HARMFUL)])
    return f"{said} {see}".strip()


def help_for_usage(error: click.ClickException, argv: Sequence[str]) -> str:
    """Return the help for another mistake in a command line, such as a file where none is expected."""
    context = getattr(error, "ctx", None)
    # click doesn't say which command an option without its value belongs to.
    words = ["rhythmconf", *(word for word in argv[:1] if re.fullmatch("[a-z]+", word))]
    see = f"see '{context.command_path if context else ' '.join(words)} --help'"
    if isinstance(error, click.MissingParameter) and (example := _first_example(context)):
        return f"for example `{example}`; {see}"
    if not error.message.startswith("Got unexpected extra argument"):
        return see
    if see.startswith("see 'rhythmconf schema"):
        return f"name no kind: one schema has all kinds; {see}"
    only = "; `--only KIND/KEY` takes one of them" if "--only" in _options(context) else ""
    read = "name no file and no key here: all documents below `sources` in rhythmconf.yaml are read"
    return f"{read}{only}. {_ENV}; {see}"


def _first_example(context: click.Context | None) -> str:
    """Return the first example in the help of a command."""
    lines = (context.command.epilog or "").splitlines() if context else []
    return next((line.partition("  #")[0].strip() for line in lines if line.startswith("  rhythmconf ")), "")


def _options(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context else []
    return [name for parameter in parameters if isinstance(parameter, click.Option) for name in parameter.opts]
