"""Make certificates for servers on the loopback interface, with the openssl command."""

from __future__ import annotations

import ssl
from pathlib import Path
from shutil import which
from subprocess import run

import pytest

CONFIG = """
[ca]
default_ca = self
[self]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = more
[names]
commonName = supplied
[more]
subjectAltName = {subject}
[req]
distinguished_name = names
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
SIGNED = ("-selfsign", "-batch", "-notext")


def call_openssl(*arguments: str | Path) -> str:
    """Run an openssl command that must succeed, and return its output."""
    return run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def make_certificate(folder: Path, subject: str, end: str = "20491231235959Z") -> Path:
    """Write a self-signed certificate and its key to one PEM file. Skips the test where openssl isn't installed."""
    if which("openssl") is None:
        pytest.skip("the openssl command makes the certificates of these tests, and it isn't here")
    config, key, request, file = (folder / name for name in ("config", "key", "request", "server.pem"))
    config.write_text(CONFIG.format(folder=folder, subject=subject))
    (folder / "index").touch()
    call_openssl("req", "-new", "-config", config, *NEW_KEY, "-keyout", key, "-subj", "/CN=test", "-out", request)
    dates = ("-startdate", "20200101000000Z", "-enddate", end)
    call_openssl("ca", "-config", config, *SIGNED, *dates, "-keyfile", key, "-in", request, "-out", file)
    file.write_bytes(key.read_bytes() + file.read_bytes())
    return file


def secure(file: Path) -> ssl.SSLContext:
    """Return the context of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
