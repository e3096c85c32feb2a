"""Make an HTML page from a template of `report/formats/templates`.

The page loads nothing, and its policy allows only its own styles and its own script, by their hashes.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from rhythmconf.report import facts, overrides, tenant_facts
from rhythmconf.report.display import capitalised
from rhythmconf.report.terminal import safe


def render_page(
    template: str, *, styles: Sequence[str] = (), script: str = "", framed: Sequence[str] = (), **values: object
) -> str:
    """Return the page of a template.

    `styles` are templates of styles beside those of every page, `script` is the one of its script; without it the page
    has none. `framed` are the styles of documents in its frames, which obey the policy of the page too.
    """
    templates = _templates()
    style = "".join(templates.get_template(name).render() for name in ("page.css", *styles))
    program = templates.get_template(script).render() if script else ""
    sources = " ".join(map(hash_source, (style, *framed)))
    allowed = f"; script-src {hash_source(program)}" if script else ""
    policy = f"default-src 'none'; style-src {sources}{allowed}; base-uri 'none'; form-action 'none'"
    # Both are built from our own templates alone.
    own = {"style": Markup(style), "script": Markup(program)}  # noqa: S704
    return templates.get_template(template).render(**own, policy=policy, **values)


def hash_source(text: str) -> str:
    """Return how a content security policy names a style or a script: by its hash."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("rhythmconf.report.formats"),
        autoescape=True,
        finalize=_make_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "describe_agreed": facts.describe_agreed,
        "advise": overrides.advise,
        "describe_last_change": tenant_facts.describe_last_change,
        "break_after": _break_after,
        "capitalised": capitalised,
    }
    return templates


def _make_visible(value: object) -> Markup:
    """Show invisible characters, and escape; every value that a template writes passes here."""
    return value if isinstance(value, Markup) else _escape(str(value))


@lru_cache(maxsize=4096)
def _escape(text: str) -> Markup:
    """Return a text as HTML. In a large plan the same titles, words and keys come again and again."""
    return escape(safe(text, keep="\n\t"))


def _break_after(text: str, separators: str) -> Markup:
    """Allow a narrow column to break a path after its separators, not inside its words."""
    return Markup("<wbr>").join(re.split(f"(?<=[{re.escape(separators)}])", _make_visible(text)))
