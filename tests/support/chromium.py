"""Drive Chromium over its DevTools protocol through two pipes, without a driver, a package or a port."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
Event = dict[str, Any]


def find_browser() -> str | None:
    """Return the path of the browser on this computer, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Page:
    """A tab. `events` has everything that it reported: console messages, exceptions, dialogs and requests."""

    write: int
    read: int
    session: str = ""
    number: int = 0
    rest: bytes = b""
    events: list[Event] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result."""
        self.number += 1
        message: Event = {"id": self.number, "method": method, "params": parameters}
        self._send(message)
        while True:
            answer = self._next()
            if answer.get("id") != self.number:
                self._record_event(answer)
                continue
            assert "error" not in answer, (method, answer["error"])
            return answer["result"]

    def _send(self, message: Event) -> None:
        session = {"sessionId": self.session} if self.session else {}
        os.write(self.write, json.dumps(message | session).encode() + b"\0")

    def _next(self) -> Event:
        while b"\0" not in self.rest:
            chunk = os.read(self.read, 1 << 20)
            assert chunk, "the browser has gone"
            self.rest += chunk
        text, _, self.rest = self.rest.partition(b"\0")
        event: Event = json.loads(text)
        return event

    def _record_event(self, event: Event) -> None:
        self.events.append(event)
        if event["method"] == "Page.javascriptDialogOpening":
            self.number += 1
            self._send({"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}})

    def load(self, path: Path) -> None:
        """Open a file and wait until it is loaded, also where scripts are switched off."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._record_event(self._next())

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded and drawn."""
        self.load(path)
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def set_display(self, *, width: int, height: int = 900, scheme: str = "light", media: str = "") -> None:
        """Set the size of the window, the colour scheme, and screen or print."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )

    def take_screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Save a screenshot of the whole page or of the window."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(b64decode(shot["data"]))

    def problems(self) -> list[Event]:
        """Return unwanted events: console messages, exceptions, dialogs, requests to elsewhere."""
        bad = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")
        return [event for event in self.events if event["method"] in bad or _loads_from_elsewhere(event)]


def _loads_from_elsewhere(event: Event) -> bool:
    asked = event["method"] == "Network.requestWillBeSent"
    return asked and not event["params"]["request"]["url"].startswith("file://")


@contextmanager
def open_browser(folder: Path) -> Iterator[Page]:
    """Start a browser with one empty tab; its profile is in `folder`."""
    program = find_browser()
    assert program is not None
    to_read, to_write = _pipe()
    from_read, from_write = _pipe()
    # The browser reads commands from descriptor 3 and answers on 4; a shell is needed to connect these numbers.
    wired = f'exec "$0" "$@" 3<&{to_read} 4>&{from_write}'
    process = subprocess.Popen(
        ["bash", "-c", wired, program, *_FLAGS, f"--user-data-dir={folder}"],
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield _tab(Page(to_write, from_read))
    finally:
        process.terminate()
        process.wait(20)
        os.close(to_write)
        os.close(from_read)


def _pipe() -> tuple[int, int]:
    """Return a pipe whose descriptors have numbers of at least 10, so that 3 and 4 stay free."""
    low = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return read, write


def _tab(page: Page) -> Page:
    target = page.call("Target.createTarget", url="about:blank")["targetId"]
    page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.call(f"{domain}.enable")
    return page
