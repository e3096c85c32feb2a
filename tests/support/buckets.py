"""A real object store on this computer: moto, in an environment and a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

ROOT = Path(__file__).parents[2]
SECRET = "wJalrXUtnFEMI-of-the-tests"


class Bucket(NamedTuple):
    """A bucket that is served at `address`. `folder` is that of scripts/bucket.d/serve.py, which says what it does."""

    address: str
    folder: Path
    prefix: str = "rhythmconf"

    @property
    def url(self) -> str:
        """Return what `state: {bucket: URL}` says."""
        return f"s3://state/{self.prefix}"

    @property
    def env(self) -> dict[str, str]:
        """Return the variables with which the bucket can be used."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDOFTHETESTS",
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def requests(self) -> list[str]:
        """Return the requests below the prefix: method, what is below the prefix, status."""
        lines = (self.folder / "requests").read_text().splitlines()
        return [line.replace(f"/state/{self.prefix}/", "") for line in lines if self.prefix in line]

    def hold(self, request: str) -> None:
        """Let the next request that fits an expression wait."""
        (self.folder / "hold").write_text(request)

    def await_held(self, process: subprocess.Popen[str] | None = None) -> None:
        """Wait until a request is held; `process` is the one that sends it."""
        while not (self.folder / "held").exists():
            assert process is None or process.poll() is None, process.communicate()
            time.sleep(0.02)

    def go(self) -> None:
        """Let the request that is held go on."""
        for name in ("hold", "held"):
            (self.folder / name).unlink(missing_ok=True)

    def lose(self, request: str) -> None:
        """Lose the answer to the next request that fits an expression."""
        (self.folder / "lose").write_text(request)

    def put(self, path: str, data: bytes) -> None:
        """Write an object below the prefix, as somebody else would."""
        send("PUT", f"{self.address}/state/{self.prefix}/{path}", data)

    def objects(self) -> list[str]:
        """Return the paths of the objects below the prefix."""
        text = send("GET", f"{self.address}/state?list-type=2&prefix={self.prefix}/").decode()
        return [path.removeprefix(f"{self.prefix}/") for path in re.findall("<Key>([^<]*)</Key>", text)]

    def get(self, path: str) -> bytes:
        """Read an object below the prefix."""
        return send("GET", f"{self.address}/state/{self.prefix}/{path}")


def send(method: str, url: str, data: bytes | None = None) -> bytes:
    """Send a request to the server. moto checks no signature, but wants one."""
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, Signature=0",
        "Content-Type": "application/octet-stream",  # urllib calls it a form, whose content moto doesn't keep
    }
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        content: bytes = answer.read()
    return content


@contextmanager
def serve_bucket(folder: Path) -> Iterator[Bucket]:
    """Serve an empty bucket. Installs the server where it isn't there."""
    with FileLock(Path(sys.prefix) / ".bucket.lock"):
        subprocess.run([ROOT / "scripts/bucket", "--install"], check=True, timeout=600)
    command = [ROOT / ".venv-bucket/bin/python", ROOT / "scripts/bucket.d/serve.py", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            bucket = Bucket(server.stdout.readline().strip(), folder)
            send("PUT", f"{bucket.address}/state")
            yield bucket
        finally:
            server.terminate()
