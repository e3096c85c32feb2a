"""Check the addresses that a token may be sent to: https anywhere, http on this computer only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from rhythmconf.model.suggest import nearest

# The patterns are texts: `re` compiles them when an address is checked, not in each command.
# urlsplit drops tabs and line breaks without an error, and browsers read a backslash as a slash. So a URL with one of
# them could lead to another host than the one that a reader sees.
FORBIDDEN = r"[\s\\\x00-\x20\x7f]"
ADDRESS = r"[0-9.]+|.*:.*"
"""What can only be meant as an IP address."""
_LIKE_LOOPBACK = r"(?i)[1il|]27([.,][0-9ol]+){1,4}"
"""What was probably meant as 127.0.0.1."""
LABEL = r"(?i)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
LABEL_LENGTH = 63
NAME_LENGTH = 253
PORT = r"(?a):[0-9]{1,9}"
LAST_PORT = 65535


def url_problem(url: str) -> str:
    """Return why a URL can't be a base URL, or an empty string if it can. It may contain `{module}`."""
    if re.search(FORBIDDEN, url):
        return "contains a space, a control character or a backslash"
    # The longest module that fits would be a matter of the kinds: `tenant/client/address.py` checks each whole address.
    parts = _split(url.replace("{module}", "module"))
    if parts is None or not parts.hostname:
        return "is not a URL with a host" + _without_scheme(url)
    if parts.username is not None or parts.password is not None:
        return "contains a user name or password"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "contains a query or a fragment"
    if re.search(r"[{}]|%7[bd]", parts.netloc + parts.path, re.IGNORECASE):
        return "contains a placeholder other than {module}"
    return _bracket_or_port_problem(parts) or host_problem(parts.hostname) or _scheme_problem(parts)


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


def _without_scheme(url: str) -> str:
    """Return what to write where only `https://` may be missing; an empty string elsewhere."""
    rest = url.replace("{module}", "module")
    whole = _split(f"https://{rest.lstrip('/')}")
    host = (whole.hostname or "") if whole else ""
    if "://" in rest or "@" in rest or not (is_loopback(host) or "." in host.strip(".")):
        return ""
    return f": write {'http' if is_loopback(host) else 'https'}://{url.lstrip('/')}"


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def host_problem(host: str) -> str:
    """Return why a name can't be looked up or doesn't show where it leads; an empty string for a usable one."""
    if not host.isascii():
        # Letters of other scripts can look like Latin ones, and libraries differ in what they make of them.
        return f"has the host {host!r} with letters outside ASCII: write it in its ASCII form (xn--...)"
    if re.fullmatch(ADDRESS, host):
        return "" if _is_address(host) else f"has the host {host!r}, which is not an IP address"
    name = host.removesuffix(".")
    if len(name) > NAME_LENGTH:
        return f"has a host of {len(name)} characters; a name has at most {NAME_LENGTH}"
    for label in name.split("."):
        if not label:
            return f"has the host {host!r} with an empty part between two dots"
        if len(label) > LABEL_LENGTH:
            return f"has a host with a part of {len(label)} characters; a part has at most {LABEL_LENGTH}"
        if not re.fullmatch(LABEL, label):
            return f"has the host {host!r}, in which {label!r} is not a part of a host name"
    if "xn--" in name and not _stands_for_a_name(name):
        return f"has the host {host!r}, which stands for no name: a part with xn-- is not one that IDNA allows"
    return ""


def _bracket_or_port_problem(parts: SplitResult) -> str:
    if "[" in parts.netloc and not _is_address(parts.hostname or ""):
        return f"has the host '[{parts.hostname}]', which is not an IP address"
    rest = parts.netloc.rpartition("@")[2].rpartition("]")[2]
    digits = rest if "]" in parts.netloc else rest[len(parts.hostname or "") :]
    if not digits or (re.fullmatch(PORT, digits) and 0 < int(digits[1:]) <= LAST_PORT):
        return ""
    return f"has {digits[:20]!r} after its host, where only a colon and a port from 1 to {LAST_PORT} may stand"


def _is_address(host: str) -> bool:
    try:
        # A zone (`%eth0`) is a matter of one computer, and no certificate names it.
        return "%" not in host and bool(ipaddress.ip_address(host).packed)
    except ValueError:
        return False


def _stands_for_a_name(host: str) -> bool:
    # Imported here: such hosts are rare. httpx decodes them with the same library.
    import idna

    try:
        return bool(idna.decode(host))
    except (idna.IDNAError, UnicodeError):
        return False


def _scheme_problem(parts: SplitResult) -> str:
    if parts.scheme == "https":
        return ""
    if parts.scheme == "http":
        # On this computer nobody can read the token on its way.
        safe = is_loopback(parts.hostname or "")
        host = parts.hostname or ""
        if not safe and (re.fullmatch(_LIKE_LOOPBACK, host) or nearest(host, ["localhost"])):
            return f"uses http, and {host!r} is no loopback address: write 127.0.0.1 or localhost"
        return "" if safe else "uses http, which is for loopback addresses only: write https://"
    return f"does not begin with https://{_without_scheme(parts.geturl())}"


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
