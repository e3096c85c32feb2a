"""RC730: a text that names the tenant, a host or an address of another environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.insight.lint.document_values import find_texts
from rhythmconf.model.code import Rule
from rhythmconf.settings import Environment
from rhythmconf.source.documents import Loaded

LEAKED_NAME = Rule(
    "RC730",
    "a text names another environment",
    what=(
        "sandbox-leak: a text of this environment holds the tenant id or the host of another one, or a mail address "
        "or a host that only the overlays of another one name."
    ),
    why="Members get a mail with a link into the sandbox, or their answers go to the address of a test.",
    example="""
# config/notice.yaml, applied to production too
body: 'Renew at https://hisp-sandbox.example.org'
""",
    fix="Move the text into the overlay of the environment that it is for, and write the right one for the others.",
)
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_HOST = r"https?://(?:[^\s/@\"'<>]*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
_MIN_WORD = 3
"""Characters; a shorter tenant id is in too many words."""


def check_leaked_names(found: Survey) -> Iterator[Finding]:
    """Warn about each text that holds a name of another environment."""
    subject = found.subject
    if not subject.foreign:
        return
    pattern = re.compile("|".join(_pattern(name) for name in sorted(subject.foreign, key=len, reverse=True)))
    for key, body in subject.bodies.items():
        for path, text in find_texts(body):
            if leak := pattern.search(text):
                name = leak[0]
                what = subject.foreign[name]
                field = ".".join(map(str, path))
                message = f"{subject.shown(key)} {field} holds '{name}', {what}"
                yield Finding(LEAKED_NAME, key, path, message, "write the text of each environment into its overlay")


def find_foreign(
    environments: Mapping[str, Environment], overlays: Mapping[str, Loaded], name: str, texts: Iterable[bytes]
) -> dict[str, str]:
    """Return the names that belong to other environments than `name` alone, each with what it is.

    Only names are returned that one of the `texts` holds. Overlays count as far as they were read.
    """
    own = {*_declared(environments[name]), *_overlay_names(overlays.get(name))}
    foreign: dict[str, str] = {}
    for other, environment in environments.items():
        if other != name:
            names = {**dict.fromkeys(_overlay_names(overlays.get(other)), "of"), **_declared(environment)}
            for text, what in names.items():
                if text not in own:
                    described = "which only the overlays of" if what == "of" else f"{what} of"
                    foreign.setdefault(text, f"{described} {other}{' name' * (what == 'of')}")
    if not foreign:
        return foreign
    everything = [*texts]
    return {text: what for text, what in foreign.items() if any(text.encode() in one for one in everything)}


def _declared(environment: Environment) -> dict[str, str]:
    """Return the tenant id and the host of an environment; without what is a variable or the same for everybody."""
    names = {}
    if "$" not in environment.tenant and len(environment.tenant) >= _MIN_WORD:
        names[environment.tenant] = "the tenant id"
    host = urlsplit(environment.base_url).hostname if environment.embedded is None else None
    if host and not re.search(r"[{}$]", environment.base_url.partition("//")[2].partition("/")[0]):
        names[host] = "the host"
    return names


def _overlay_names(loaded: Loaded | None) -> set[str]:
    """Return the mail addresses and the hosts in the files of an overlay."""
    texts = [text.decode("utf-8", "replace") for text in (loaded.texts if loaded else {}).values()]
    return {name for text in texts for pattern in (_MAIL, _HOST) for name in re.findall(pattern, text)}


def _pattern(name: str) -> str:
    """Return the expression for a name as a whole word. A plain word counts only as a part of an address."""
    before = r"(?<=[/.=@])" if re.fullmatch(r"[A-Za-z]+", name) else r"(?<![A-Za-z0-9_-])"
    # `dentists` of `office@dentists.example` is the domain of the association, which all its tenants share.
    after = r"(?!\.[A-Za-z]{2,}(?![A-Za-z0-9.-]))" if re.fullmatch(r"[A-Za-z]+", name) else ""
    if "@" in name:
        before = r"(?<![A-Za-z0-9._%+-])"
    return rf"{before}{re.escape(name)}(?![A-Za-z0-9_-]){after}"
