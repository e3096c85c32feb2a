"""How this computer reaches the network: the proxy variables, and the certificates that it trusts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from rhythmconf.errors import SettingsError, codes
from rhythmconf.settings.secret import Secret
from rhythmconf.settings.urls import host_problem, is_loopback

PORT = r"(\[.*\]|[^:]*):([0-9]{1,5})"
"""An entry of NO_PROXY that ends with a port. An IPv6 address needs brackets then. `re` compiles it when it is used."""
PROXY_HELP = "Write http://HOST:PORT, or add the host of the tenant to NO_PROXY to reach it directly."


class Proxy(NamedTuple):
    """An HTTP proxy. `variable` is where it was set. The printed form hides user name and password."""

    variable: str
    scheme: str
    host: str
    port: int
    user: Secret | None = None
    password: Secret | None = None

    @property
    def url(self) -> str:
        """The address of the proxy, without user name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be printed: the password, and the header that carries it."""
        if self.password is None or self.user is None:
            return ()
        password = self.password.reveal()
        from base64 import b64encode  # few computers have a proxy with a password

        header = b64encode(f"{self.user.reveal()}:{password}".encode()).decode()
        return (header, password) if password else (header,)

    def __str__(self) -> str:
        return self.url.replace("://", "://***@", 1) if self.user is not None else self.url


class Network(NamedTuple):
    """The variables as they are set. A proxy is parsed when a request needs one: a wrong one disturbs nothing else."""

    proxy_variable: str = ""
    proxy_text: Secret | None = None
    no_proxy_variable: str = ""
    no_proxy: str = ""
    cert_file: str | None = None
    cert_dir: str | None = None

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy for a URL, or None to connect directly. Raises SettingsError for a malformed variable.

        Only https goes through a proxy, in a tunnel (CONNECT): plain http would show the token to the proxy. It is
        allowed only on this computer anyway, which is always reached directly.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if self.proxy_text is None or parts.scheme != "https" or is_loopback(host):
            return None
        if bypasses(self.no_proxy, host, parts.port or 443):
            return None
        return _parse_proxy(self.proxy_variable, self.proxy_text.reveal())

    def explain_route(self, url: str) -> tuple[str, str] | None:
        """Return how a URL is reached and which variable decides that; None if no variable is set."""
        if self.proxy_text is None:
            return None
        proxy = self.proxy_for(url)
        if proxy is not None:
            return str(proxy), self.proxy_variable
        host = (urlsplit(url).hostname or "").rstrip(".")
        if is_loopback(host):
            return f"none: {host} is this computer", self.proxy_variable
        return f"none: {self.no_proxy_variable} names {host}", self.no_proxy_variable

    @property
    def certificates(self) -> tuple[str, str] | None:
        """The certificates that replace those of the system, and the variable; None if neither variable is set."""
        if self.cert_file is None and self.cert_dir is None:
            return None
        names = {"SSL_CERT_FILE": self.cert_file, "SSL_CERT_DIR": self.cert_dir}
        given = {name: path for name, path in names.items() if path is not None}
        return ", ".join(given.values()), " and ".join(given)


DIRECT = Network()


def read_network(environ: Mapping[str, str]) -> Network:
    """Read the proxy and certificate variables, as curl and OpenSSL know them."""
    name, text = next(_variables(environ, "https_proxy", "all_proxy"), ("", ""))
    no_proxy_variable, no_proxy = next(_variables(environ, "no_proxy"), ("", ""))
    return Network(
        name,
        Secret(text) if text else None,
        no_proxy_variable,
        no_proxy,
        environ.get("SSL_CERT_FILE") or None,
        environ.get("SSL_CERT_DIR") or None,
    )


def _variables(environ: Mapping[str, str], *names: str) -> Iterator[tuple[str, str]]:
    for name in names:
        # The name in lower case wins, also if it is empty: so one command can switch a proxy off.
        written = name if name in environ else name.upper()
        if environ.get(written, "").strip():
            yield written, environ[written].strip()


def bypasses(no_proxy: str, host: str, port: int) -> bool:
    """Return whether NO_PROXY names a host: `*`, a host or a domain with those below it, an address or a network.

    Entries are separated by commas or blanks; each may end with a port. A domain may begin with `.` or `*.`.
    """
    return any(_names(entry.lower(), host.lower(), port) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _names(entry: str, host: str, port: int) -> bool:
    match = re.fullmatch(PORT, entry)
    name, wanted = (match[1], int(match[2])) if match else (entry, port)
    if wanted != port:
        return False
    if (network := _network(name)) is not None:
        address = _address(host)
        return address is not None and address in network
    domain = name.removeprefix("*").strip(".")
    return name == "*" or (bool(domain) and (host == domain or host.endswith(f".{domain}")))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _parse_proxy(variable: str, text: str) -> Proxy:
    """Parse the value of a proxy variable. Raises SettingsError, which doesn't repeat it: it may hold a password."""
    if re.search(r"[\s\x00-\x20\x7f]", text):
        raise _unusable(variable, "contains a blank or a control character")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise _unusable(variable, "is not the address of a proxy") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        raise _unusable(variable, f"names a {parts.scheme} proxy; rhythmconf can use only http and https proxies")
    if not host or (problem := host_problem(host)):
        raise _unusable(variable, problem if host else "names no host")
    user = None if parts.username is None else Secret(unquote(parts.username))
    return Proxy(
        variable,
        parts.scheme,
        host,
        port or (80 if parts.scheme == "http" else 443),
        user,
        None if user is None else Secret(unquote(parts.password or "")),
    )


def _unusable(variable: str, problem: str) -> SettingsError:
    return SettingsError(f"The proxy variable {problem}.", where=variable, help=PROXY_HELP, code=codes.PROXY)
