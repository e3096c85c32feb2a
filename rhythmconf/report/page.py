"""Make an HTML page without scripts from a template of `report/formats/templates`.

The page loads nothing, and its policy allows only its own styles, by their hash.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from rhythmconf.report import facts
from rhythmconf.report.terminal import safe


def render_page(template: str, *, styles: Sequence[str] = (), kinds: int = 0, **values: object) -> str:
    """Return the page of a template. `styles` are templates of styles beside those of every page.

    `kinds` is how many kinds the filters of the page tell apart.
    """
    templates = _templates()
    style = "".join(templates.get_template(name).render(kinds=range(kinds)) for name in ("page.css", *styles))
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    trusted_style = Markup(style)  # noqa: S704 -- built from our own templates and numbers
    return templates.get_template(template).render(style=trusted_style, policy=policy, **values)


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
        "break_after": _break_after,
    }
    templates.globals |= {"verbs": facts.VERBS, "symbols": facts.SYMBOLS}
    return templates


def _make_visible(value: object) -> str:
    """Show invisible characters; every value that a template writes passes here before it is escaped."""
    return value if isinstance(value, Markup) else safe(str(value), keep="\n\t")


def _break_after(text: str, separators: str) -> Markup:
    """Allow a narrow column to break a path after its separators, not inside its words."""
    return Markup("<wbr>").join(re.split(f"(?<=[{re.escape(separators)}])", _make_visible(text)))
