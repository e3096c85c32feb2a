"""Which certificate authorities are trusted: those of the system, or of SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

import certifi

from rhythmconf.errors import SettingsError
from rhythmconf.platform.network import has_authority_store
from rhythmconf.settings import Network
from rhythmconf.text import leftovers

SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep their authorities: Debian, Fedora, Alpine and BSD, SUSE. A Python that was built elsewhere, as
that of uv is, doesn't know the place."""
MAX_BYTES = 10 * 1024 * 1024
"""Bytes of a ca_file that are searched. The authorities of a system are 0.2 MB."""
HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The name of a certificate in a folder that OpenSSL can search (`openssl rehash`)."""


def make_tls_context(network: Network, ca_file: str | None) -> ssl.SSLContext:
    """Return a context that verifies servers. `ca_file` is trusted in addition.

    SSL_CERT_FILE and SSL_CERT_DIR replace the authorities of the system, as they do for OpenSSL and curl. Raises
    SettingsError for a file that can't be used, DocumentError for one that a merge has left unfinished.
    """
    if network.cert_file is None and network.cert_dir is None:
        context = _system_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load_variables(context, network)
    if ca_file is not None:
        try:
            _check_merged(Path(ca_file))
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"The ca_file {ca_file} can't be read as PEM certificates: {error}.",
                help="Set it to the path of your organisation's certificate authority in PEM format.",
            ) from None
    return context


def _check_merged(path: Path) -> None:
    """Raise DocumentError for a merge that is not resolved: OpenSSL skips the markers and would trust both sides."""
    if path.is_file():
        with path.open("rb") as file:
            leftovers.check(file.read(MAX_BYTES), str(path))


def _system_context() -> ssl.SSLContext:
    if has_authority_store():
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere OpenSSL reads the system's files itself. truststore would read them again for every connection.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and _has_certificates(Path(paths.capath))):
        context.load_default_certs()
    else:
        file = next((name for name in SYSTEM_FILES if Path(name).is_file()), None)
        # A small container may have no authorities at all.
        context.load_verify_locations(file or certifi.where())
    return context


def _load_variables(context: ssl.SSLContext, network: Network) -> None:
    if network.cert_file is not None:
        try:
            context.load_verify_locations(network.cert_file)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(
                "SSL_CERT_FILE", f"{network.cert_file} can't be read as PEM certificates: {error}"
            ) from None
    if network.cert_dir is not None:
        # Several folders may be named, as in PATH. OpenSSL looks into them when it needs a certificate.
        folders = [Path(name) for name in network.cert_dir.split(os.pathsep) if name]
        if not any(_has_certificates(folder) for folder in folders):
            problem = f"{network.cert_dir} has no certificates with hashes as names"
            raise _unusable("SSL_CERT_DIR", f"{problem} (openssl rehash makes them)")
        context.load_verify_locations(capath=network.cert_dir)


def _has_certificates(folder: Path) -> bool:
    try:
        return any(HASHED.fullmatch(path.name) for path in folder.iterdir())
    except OSError:
        return False


def _unusable(variable: str, problem: str) -> SettingsError:
    return SettingsError(
        f"{problem}.",
        where=variable,
        help=f"Correct {variable}, or unset it to trust the certificate authorities of the system.",
    )
