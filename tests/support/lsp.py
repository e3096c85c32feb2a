"""Talk to the YAML language server over its standard streams, as an editor does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from tests.support.process import ROOT

PACKAGES = ("yaml-language-server", "yaml-language-server-1")
"""The names, among the Node tools, of the current version and of the one before."""


@dataclass
class Editor:
    """An editor that is open on a folder."""

    reader: IO[bytes]
    writer: IO[bytes]
    root: Path
    settings: dict[str, Any]
    count: int = 0
    findings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Return the LSP diagnostics of a text. Each text needs another name."""
        uri = self._uri(name)
        self.findings.pop(uri, None)
        self._open(uri, text)
        while uri not in self.findings:
            self._receive()
        self._notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        return self.findings[uri]

    def complete(self, name: str, text: str) -> list[str]:
        """Return the labels of the completions at the `|` of a text."""
        answer = self._at("textDocument/completion", name, text)
        items = answer["items"] if isinstance(answer, dict) else answer
        return [str(item["label"]) for item in items]

    def hover(self, name: str, text: str) -> str:
        """Return the hover text at the `|` of a text."""
        answer = self._at("textDocument/hover", name, text)
        contents = answer["contents"] if answer else ""
        return str(contents["value"] if isinstance(contents, dict) else contents)

    def _at(self, method: str, name: str, marked: str) -> Any:
        before, _, after = marked.partition("|")
        self._open(self._uri(name), before + after)
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        answer = self.ask(method, {"textDocument": {"uri": self._uri(name)}, "position": position})
        self._notify("textDocument/didClose", {"textDocument": {"uri": self._uri(name)}})
        return answer

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Send a request and return its answer."""
        self.count += 1
        id = self.count
        self._send({"id": id, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == id and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _open(self, uri: str, text: str) -> None:
        # The server caches texts by name and version, so each text gets a new version.
        self.count += 1
        document = {"uri": uri, "languageId": "yaml", "version": self.count, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})

    def _uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def _notify(self, method: str, parameters: dict[str, Any]) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.writer.flush()

    def _receive(self) -> dict[str, Any]:
        """Return the next message; answer requests of the server and store its diagnostics."""
        length = 0
        while line := self.reader.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert length, "the language server has gone"
        message = cast("dict[str, Any]", json.loads(self.reader.read(length)))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            asked = [item.get("section", "") for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": [self.settings.get(section) for section in asked]})
        elif "id" in message and "method" in message:
            self._send({"id": message["id"], "result": None})
        return message


@contextmanager
def open_editor(root: Path, settings: dict[str, Any] | None = None, package: str = PACKAGES[0]) -> Iterator[Editor]:
    """Start the server on a folder. `settings` are the `yaml` section of the editor settings."""
    server = ROOT / ".tools/node_modules" / package / "bin/yaml-language-server"
    process = subprocess.Popen(
        ["node", str(server), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdin is not None
    assert process.stdout is not None
    chosen = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}, **(settings or {})}
    with process:
        one = Editor(process.stdout, process.stdin, root, {"yaml": chosen})
        able = {"workspace": {"configuration": True}, "textDocument": {"publishDiagnostics": {}}}
        folders = [{"uri": root.as_uri(), "name": "project"}]
        begin = {"processId": None, "rootUri": root.as_uri(), "capabilities": able, "workspaceFolders": folders}
        one.ask("initialize", begin)
        one._notify("initialized", {})
        one._notify("workspace/didChangeConfiguration", {"settings": {"yaml": chosen}})
        yield one
        process.kill()
