"""Which addresses a token may travel to: https anywhere, http on this computer only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

# urlsplit silently drops tabs and line ends, and browsers read a backslash as a slash: none of them belongs here.
UNWELCOME = re.compile(r"[\s\\\x00-\x20\x7f]")


def url_problem(url: str) -> str:
    """Why `url` can't be a base URL (`{module}` may stand in it), or an empty string when it can."""
    if UNWELCOME.search(url):
        return "holds a space, a control character or a backslash"
    parts = _split(url.replace("{module}", "module"))
    if parts is None or not parts.hostname:
        return "is not a URL with a host"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "holds a query or a fragment"
    if re.search(r"[{}]|%7[bd]", parts.netloc + parts.path, re.IGNORECASE):
        return "holds a placeholder other than {module}"
    return _scheme_problem(parts)


def domain_problem(domain: str) -> str:
    """Why `domain` can't be where tokens are minted: a host name, or `http://` and a loopback address with a port."""
    if domain.startswith("http://"):
        return url_problem(domain) or ("has a path" if urlsplit(domain).path.strip("/") else "")
    problem = url_problem(f"https://{domain}")
    if not problem and ("/" in domain or "{" in domain):
        return "is not a plain host name"
    return problem


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _scheme_problem(parts: SplitResult) -> str:
    if parts.scheme == "https":
        return ""
    if parts.scheme == "http":
        return (
            ""
            if is_loopback(parts.hostname or "")
            else "uses http, which is for loopback addresses only: write https://"
        )
    return "does not begin with https://"


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer: `localhost`, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
