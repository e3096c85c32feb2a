"""Who gets a token or a client secret: the access settings that a person confirms once on each computer.

A branch can change rhythmconf.yaml, and with it the command that prints the token and the servers that get it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import product
from os.path import normpath
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from rhythmconf.errors import AuthError, DocumentError, Refused, SettingsError
from rhythmconf.flows import codes
from rhythmconf.model import Location
from rhythmconf.settings import Auth, Environment, Settings, is_loopback
from rhythmconf.settings.urls import canonical_url
from rhythmconf.settings.values import DEFAULT_BASE_URL
from rhythmconf.settings.variables import VARIABLE, is_access_allowed, is_first_use_allowed, variable
from rhythmconf.source.project import files, git
from rhythmconf.tenant.client import recipients
from rhythmconf.tenant.client.recipients import Fact, Facts

PROJECT = ""
"""Stands for the project where an environment is named: what is remembered there says that the project was used."""
SEPARATORS = re.compile(r"[\s'\"=;|&()<>`$]+")
"""What separates the words of a shell command, roughly: a word too many does no harm."""


class Question(NamedTuple):
    """Access settings that nobody has confirmed: all of them, the new ones among them, and what these replace."""

    environment: str
    is_first: bool
    facts: Facts
    new: Facts
    before: Mapping[str, str]
    location: Location | None

    @property
    def headline(self) -> str:
        """What is to be confirmed, in one line."""
        if self.is_first:
            return f"the access settings of {self.environment} were never used on this computer"
        if not self.before and [fact.name for fact in self.new] == ["base_url"]:
            # Only the variable keeps the address of the file out of what was used.
            return f"the base_url of {self.environment} is new on this computer: so far RHYTHMCONF_BASE_URL replaced it"
        return f"{self.environment} has other access settings than were used on this computer before"

    @property
    def lines(self) -> tuple[str, ...]:
        """Each new setting, quoted so that every character is seen."""
        return tuple(f"{fact.name}: {json.dumps(fact.shown)}{self._replaced(fact)}" for fact in self.new)

    def _replaced(self, fact: Fact) -> str:
        before = self.before.get(fact.name)
        if before is not None and before != fact.shown:
            return f" (before: {json.dumps(before)})"
        names = [match[1] for match in VARIABLE.finditer(fact.shown)] if fact.name != "token_command" else []
        value = "has another value than before" if before is not None else "decides"
        return f" (the variable {' and '.join(names)} {value})" if names else ""


def find_question(settings: Settings, environment: Environment) -> Question | None:
    """Return what a person has to confirm before a token of this environment may be used; None if there is nothing.

    Addresses of this computer, and Rhythm's own, need no confirmation until others were used. What the user says in
    a variable needs none at all.
    """
    facts = _find_facts(settings, environment)
    if not facts or is_access_allowed(settings.environ):
        return None
    used = recipients.read(_place(settings, environment.name))
    known = {fact.name: fact.shown for earlier in used for fact in earlier}
    new = tuple(fact for fact in facts if _key(fact) not in {_key(one) for earlier in used for one in earlier})
    if _keys(facts) in map(_keys, used):
        return None
    if all(_is_harmless(environment, fact) for fact in facts) and not any(fact.name in known for fact in new):
        return None
    new = new or facts
    before = {fact.name: known[fact.name] for fact in new if fact.name in known}
    return Question(environment.name, not used, facts, new, before, _locate(settings, environment, new[0]))


def check_confirmed(settings: Settings, environment: Environment) -> None:
    """Raise Refused where a person has to confirm the access settings; else remember that they are used here.

    Where no environment of the project was ever used, as on the fresh computer of a pipeline, there is nothing to
    compare with, and often nobody to ask: then the settings of every environment count as used.
    """
    question = find_question(settings, environment)
    if question is not None and not accept_first_use(settings):
        raise refuse(question)
    facts = _find_facts(settings, environment)
    if facts and not is_access_allowed(settings.environ):
        # A folder that can't be written only means that a later change is taken for the first use.
        with suppress(AuthError):
            _remember(settings, environment.name, facts)


def accept_first_use(settings: Settings) -> bool:
    """Remember the access settings of every environment if none was ever used here. Return whether that was so.

    With RHYTHMCONF_TRUST=0, as in the jobs of pull requests, there is no first use without an answer.
    """
    if not is_first_use_allowed(settings.environ) or recipients.exists(_place(settings, PROJECT)):
        return False
    with suppress(AuthError):
        recipients.add(_place(settings, PROJECT), ())
        for name in settings.environments:
            # The variables of another environment may be unset here: it counts as new when it is used.
            with suppress(SettingsError):
                _remember(settings, name, _find_facts(settings, settings.environment(name)))
    return True


def confirm(settings: Settings, question: Question) -> None:
    """Remember that a person has confirmed these settings. Raises AuthError where nothing can be remembered."""
    _remember(settings, question.environment, question.facts)


def _remember(settings: Settings, environment: str, facts: Facts) -> None:
    project, place = _place(settings, PROJECT), _place(settings, environment)
    if not recipients.exists(project):
        recipients.add(project, ())
    if facts and _keys(facts) not in map(_keys, recipients.read(place)):
        recipients.add(place, facts)


def refuse(question: Question) -> Refused:
    """Return the error of settings that nobody has confirmed."""
    return Refused(
        f"{question.headline}: {'; '.join(question.lines)}",
        where=question.location,
        help="if you trust them, run the command at a terminal, which asks you once, or set RHYTHMCONF_TRUST=1 for "
        "this run; `rhythmconf docs security` lists the commands that need no trust",
        code=codes.UNCONFIRMED,
    )


def _find_facts(settings: Settings, environment: Environment) -> Facts:
    """Return what decides who gets a secret; nothing where no secret is used."""
    auth = environment.auth if environment.token is None else None
    if environment.embedded is not None or (auth is None and environment.token is None):
        return ()
    return tuple(
        fact
        for facts in (
            _command_facts(auth) if auth else (),
            _domain_facts(settings, environment, auth) if auth else (),
            _address_facts(settings, environment),
            _ca_facts(settings, environment, auth),
        )
        for fact in facts
    )


def _command_facts(auth: Auth) -> Iterator[Fact]:
    if auth.token_command is None:
        return
    yield _fact("token_command", auth.token_command)
    named = _named_files(auth.token_command)
    tracked = git.tracked(Path.cwd(), named) if named else None
    for name in named if tracked is None else sorted(tracked):
        with suppress(DocumentError):
            content = sha256(files.read_anywhere(Path.cwd() / name)).hexdigest()
            yield Fact(f"content of {name}", f"sha256 {content[:16]}", content)


def _named_files(command: str) -> list[str]:
    """Return the relative paths in a command that are files: a branch may change them, and the text stays the same."""
    parts = (word for word in SEPARATORS.split(command) if word and not word.startswith("~"))
    words = dict.fromkeys(word for word in parts if not Path(word).is_absolute())
    folders = [Path(), *(Path(word) for word in words if Path(word).is_dir())]
    paths = (folder / word for folder, word in product(folders, words))
    return sorted({Path(normpath(path)).as_posix() for path in paths if path.is_file()})


def _domain_facts(settings: Settings, environment: Environment, auth: Auth) -> Iterator[Fact]:
    if auth.domain:
        yield _fact("auth.domain", auth.domain, shown=_written(settings, environment, "auth", "domain"))


def _address_facts(settings: Settings, environment: Environment) -> Iterator[Fact]:
    if variable(settings.environ, "RHYTHMCONF_BASE_URL") is None:
        yield _fact("base_url", _receiver(environment.base_url), shown=environment.base_url)


def _ca_facts(settings: Settings, environment: Environment, auth: Auth | None) -> Iterator[Fact]:
    """Whose certificates are accepted: with others, somebody else could answer in place of the server."""
    servers = [environment.base_url, *([_issuer_url(auth.domain)] if auth and auth.domain else [])]
    if environment.ca_file is None or all(map(_is_here, servers)):
        return
    try:
        content = files.read_anywhere(Path.cwd() / environment.ca_file)
    except DocumentError:
        content = b""  # the client says what is wrong with it
    value = f"{environment.ca_file} {sha256(content).hexdigest()}"
    yield _fact("ca_file", value, shown=_written(settings, environment, "ca_file"))


def _fact(name: str, value: str, *, shown: str | None = None) -> Fact:
    return Fact(name, value if shown is None else shown, sha256(value.encode()).hexdigest())


def _is_harmless(environment: Environment, fact: Fact) -> bool:
    if fact.name == "auth.domain" and environment.auth:
        return _is_here(_issuer_url(environment.auth.domain))
    return fact.name == "base_url" and (environment.base_url == DEFAULT_BASE_URL or _is_here(environment.base_url))


def _issuer_url(domain: str) -> str:
    return domain if domain.startswith("http://") else f"https://{domain}"


def _receiver(url: str) -> str:
    """Return what tells who gets a request: on this computer the port, elsewhere the whole URL."""
    parts = urlsplit(canonical_url(url))
    return f"{parts.scheme}://{parts.netloc}" if _is_here(url) else parts.geturl()


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _written(settings: Settings, environment: Environment, *path: str) -> str:
    """Return a member as the file has it: its variables may hold secrets."""
    return settings.written_text("environments", environment.name, *path)


def _locate(settings: Settings, environment: Environment, fact: Fact) -> Location | None:
    member = {"auth.domain": ("auth", "domain"), "base_url": ("base_url",), "ca_file": ("ca_file",)}
    path = member.get(fact.name, ("auth", "token_command"))
    return settings.locate("environments", environment.name, *path)


def _key(fact: Fact) -> tuple[str, str]:
    return fact.name, fact.digest


def _keys(facts: Facts) -> frozenset[tuple[str, str]]:
    return frozenset(map(_key, facts))


def _place(settings: Settings, environment: str) -> recipients.Place:
    # The work trees of a repository share their answers: the branch of a stranger in a new one is no first use.
    root = git.first_work_tree(settings.root)
    return recipients.place(settings.state_dir, settings.cache_dir, root, environment)
