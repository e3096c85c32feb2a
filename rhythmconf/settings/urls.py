"""Check the addresses that a token may be sent to: https anywhere, http on this computer only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

# urlsplit drops tabs and line breaks without an error, and browsers read a backslash as a slash. So a URL with one of
# them could lead to another host than the one that a reader sees.
FORBIDDEN = re.compile(r"[\s\\\x00-\x20\x7f]")


def url_problem(url: str) -> str:
    """Return why a URL can't be a base URL, or an empty string if it can. It may contain `{module}`."""
    if FORBIDDEN.search(url):
        return "contains a space, a control character or a backslash"
    parts = _split(url.replace("{module}", "module"))
    if parts is None or not parts.hostname:
        return "is not a URL with a host"
    if parts.username is not None or parts.password is not None:
        return "contains a user name or password"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "contains a query or a fragment"
    if re.search(r"[{}]|%7[bd]", parts.netloc + parts.path, re.IGNORECASE):
        return "contains a placeholder other than {module}"
    return _scheme_problem(parts)


def domain_problem(domain: str) -> str:
    """Return why a domain can't issue tokens, or an empty string if it can.

    It must be a host name, or `http://` with a loopback address, for an emulator.
    """
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
        # On this computer nobody can read the token on its way.
        safe = is_loopback(parts.hostname or "")
        return "" if safe else "uses http, which is for loopback addresses only: write https://"
    return "does not begin with https://"


def canonical_url(url: str) -> str:
    """Return the form that all spellings of a base URL have in common: `https://API.example:443/` is `https://api.example`."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer: `localhost`, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
