"""A command or an option that doesn't exist: what to type here, and nothing that does harm."""

from __future__ import annotations

import itertools
import re
import string

import click
import pytest

from rhythmconf.cli.main import COMMANDS, app
from rhythmconf.cli.main import run as run_here
from rhythmconf.cli.neighbours import COMMANDS as WORDS
from rhythmconf.cli.neighbours import HARMFUL, OPTIONS, help_for_option


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the help of an error in the arguments."""
    assert run_here(arguments) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("error[RC002]: "), error
    return error


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plan --target program/x", "`--only KIND/KEY`"),
        ("plan -target=program/x", "No such option '-target'.\n  help: `--only KIND/KEY`"),
        ("apply -auto-approve", "No such option '-auto-approve'.\n  help: write it with two dashes: --auto-approve"),
        ("plan -detailed-exitcode", "write it with two dashes: --detailed-exitcode"),
        ("plan -out=x.plan", "write `-o FILE` or `--out FILE`"),
        ("plan -out x.plan", "write `-o FILE` or `--out FILE`"),
        ("plan --dry-run", "`rhythmconf plan`"),
        ("apply --dry-run", "`rhythmconf plan`"),
        ("plan --var-file x", "overlays/NAME/"),
        ("plan -var-file=x", "No such option '-var-file'.\n  help: values of one environment"),
        ("plan --chdir=x", "`-C DIR`"),
        ("plan -json", "`--format json`"),
        ("plan --json", "`--format json`"),
        ("plan -no-color", "`--color never`"),
        ("plan -refresh-only", "`rhythmconf drift`"),
        ("plan --namespace x", "`--env NAME`"),
        ("apply --yes", "apply shows a plan and asks"),
        ("apply --force", "the message of each refusal says what allows it"),
        ("explain --list", "without a code lists all codes"),
        ("explain RC999", "without a code lists all codes"),
        ("explain RCC210", "did you mean 'RC210'?"),
        ("--env sandbox plan", "options come after the command"),
        ("-version", "write it with two dashes: --version"),
        ("plan --foramt json", "did you mean '--format'?"),
        ("fmt", "`rhythmconf format`"),
        ("import", "`rhythmconf pull`"),
        ("destroy", "`rhythmconf plan --destroy` shows what would be deleted, and deletes nothing"),
        ("ls", "`rhythmconf list`"),
        ("version", "`rhythmconf --version`"),
        ("help plan", "`rhythmconf plan --help`"),
        ("help", "see 'rhythmconf --help'"),
        ("state list", "the tenant itself is the state"),
        ("refresh", "`rhythmconf drift`"),
        ("output", "`rhythmconf show KIND/KEY`"),
        ("dump", "`rhythmconf pull`"),
        ("sync", "`rhythmconf apply` shows it, asks and applies it"),
        ("force-unlock 1", "`rhythmconf unlock`"),
        ("workspace select x", "`--env NAME`"),
        ("validat", "did you mean 'validate'?"),
        ("frobnicate", "help: see 'rhythmconf --help'"),
    ],
)
def test_words_of_other_programs_are_answered_with_what_to_type(
    capsys: pytest.CaptureFixture[str], line: str, expected: str
) -> None:
    assert expected in said(capsys, *line.split())


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(app)
    return [(name, command) for name in COMMANDS if (command := app.get_command(context, name)) is not None]


def options_of(command: click.Command) -> set[str]:
    parameters = command.get_params(click.Context(command))
    return {name for one in parameters if isinstance(one, click.Option) for name in one.opts}


def test_the_answers_name_commands_and_options_that_exist() -> None:
    options = {name: options_of(command) for name, command in commands()}
    every = {option for names in options.values() for option in names}
    for text in (*WORDS.values(), *OPTIONS.values()):
        assert text, "an empty answer helps nobody"
        for command, rest in re.findall(r"`rhythmconf ([a-z-]+)([^`]*)`", text):
            if command != "--version":
                assert set(re.findall(r"(?<!\S)--?[a-zA-Z-]+", rest)) <= options[command], text
        assert set(re.findall(r"`(--?[a-zA-Z-]+)", text)) <= every, text


def test_a_word_of_another_program_is_no_word_of_ours() -> None:
    assert WORDS.keys() & COMMANDS.keys() == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_misspelt_option_is_never_answered_with_one_that_does_harm(name: str) -> None:
    """Every option with one letter left out, swapped, changed or added, for each command."""
    command = dict(commands())[name]
    context = click.Context(command, info_name=name)
    known = options_of(command)
    for option in known:
        if not option.startswith("--"):
            continue
        word = option[2:]
        slips = {word[:i] + word[i + 1 :] for i in range(len(word))}
        slips |= {word[:i] + word[i : i + 2][::-1] + word[i + 2 :] for i in range(len(word))}
        slips |= {word[:i] + letter + word[i:] for i, letter in itertools.product(range(len(word)), "x-")}
        slips |= {
            word[:i] + letter + word[i + 1 :]
            for i, letter in zip(range(len(word)), string.ascii_lowercase, strict=False)
        }
        for slip in slips - OPTIONS.keys() - {one.lstrip("-") for one in known}:
            help = help_for_option(f"--{slip}", context)
            suggested = re.findall(r"'--([a-z-]+)'", help.partition(" see ")[0])
            assert {f"--{one}" for one in suggested} <= known
            assert not [one for one in suggested if one.startswith(HARMFUL)], (slip, help)


@pytest.mark.parametrize("harmful", ["--prune", "--retire", "--destroy", "--auto-approve", "--allow", "--ours"])
def test_an_option_that_does_harm_is_not_suggested(capsys: pytest.CaptureFixture[str], harmful: str) -> None:
    for slip in (harmful[:-1], harmful + "s", harmful.replace("r", "rr"), harmful[:-2] + harmful[:-3:-1]):
        if slip not in (harmful, "--prunes"):
            assert harmful not in said(capsys, "apply", slip).partition("help:")[2]
