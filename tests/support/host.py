"""A stand-in of GitHub's REST API on loopback, with which the real `gh` works: pull requests, comments and labels."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.git import git

REPOSITORY = "us/config"
BOT = "github-actions[bot]"
Answer = tuple[int, Any]


@dataclass
class Host:
    """The state of a repository: `origin` is its bare clone. The first page of a list has one entry, for the test."""

    origin: Path
    port: int = 0
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    labels: dict[int, list[str]] = field(default_factory=dict)
    all_labels: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def open_pull(self, head: str, title: str = "a change", body: str = "", author: str = "ana") -> int:
        """Open a pull request for a branch, and return its number."""
        number = 7 + len(self.pulls)
        self.pulls.append({"number": number, "head": head, "title": title, "body": body, "author": author})
        self.comments[number] = []
        self.labels[number] = []
        return number

    def number_of(self, head: str) -> int:
        """Return the number of the open pull request of a branch; open it if there is none."""
        numbers = [pull["number"] for pull in self.pulls if pull["head"] == head]
        return numbers[0] if numbers else self.open_pull(head)

    def comment(self, number: int, marker: str) -> str:
        """Return the only comment of the pipeline that has this marker."""
        (body,) = (one["body"] for one in self.comments[number] if one["body"].startswith(f"<!-- rhythmconf:{marker}"))
        return str(body)

    def merge(self, number: int, work: Path) -> str:
        """Merge a pull request in a clone that has checked out the branch to merge into; return the commit."""
        pull = self.pulls[number - 7]
        before = git(work, "rev-parse", "HEAD")
        git(work, "fetch", "-q", "origin", pull["head"])
        git(work, "merge", "-q", "--no-ff", "-m", f"Merge pull request {number}", "FETCH_HEAD")
        git(work, "push", "-q", "origin", f"HEAD:{git(work, 'branch', '--show-current')}")
        pull["merged_at"] = "2026-11-28T00:00:00Z"
        pull["commits"] = git(work, "rev-list", f"{before}..HEAD").split()
        return git(work, "rev-parse", "HEAD")

    def bodies(self) -> list[str]:
        """Return the texts of all comments."""
        return [one["body"] for comments in self.comments.values() for one in comments]

    # The API

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        """Return status and value of a request."""
        for verb, pattern, act in ROUTES:
            match = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path)
            if verb == method and match:
                return act(self, [*map(unquote, match.groups())], query, body)
        raise AssertionError(f"unknown request: {method} {path}")

    def _repository(self, _parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        return 200, {"full_name": REPOSITORY, "default_branch": git(self.origin, "symbolic-ref", "--short", "HEAD")}

    def _comments(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        return 200, self.comments[int(parts[0])]

    def _add_comment(self, parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        if len(body["body"]) > 65_536:
            return 422, {"message": "Body is too long (maximum is 65536 characters)"}
        made = {"id": 100 + len(self.bodies()), "user": {"login": BOT}, "body": body["body"]}
        self.comments[int(parts[0])].append(made)
        return 201, made

    def _edit_comment(self, parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        (one,) = (one for each in self.comments.values() for one in each if one["id"] == int(parts[0]))
        one["body"] = body["body"]
        return 200, one

    def _show(self, pull: dict[str, Any]) -> dict[str, Any]:
        shown = {
            **pull,
            "head": {"ref": pull["head"], "sha": self.sha(pull["head"])},
            "user": {"login": pull["author"]},
        }
        return {"merged_at": None, "base": {"ref": "main"}, **shown}

    def sha(self, branch: str) -> str:
        """Return the commit of a branch; empty if there is none."""
        return git(self.origin, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def _pull(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        return 200, self._show(self.pulls[int(parts[0]) - 7])

    def _pulls(self, _parts: list[str], query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        (head,) = query["head"]
        shown = [pull for pull in self.pulls if f"us:{pull['head']}" == head and self.sha(pull["head"])]
        return 200, [self._show(pull) for pull in shown if not pull.get("merged_at")]

    def _open(self, _parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        if not self.sha(body["head"]):
            return 422, {"message": "Validation Failed"}
        return 201, self._show(self.pulls[self.open_pull(body["head"], body["title"], body["body"], BOT) - 7])

    def _pulls_of(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        return 200, [self._show(pull) for pull in self.pulls if parts[0] in pull.get("commits", [])]

    def _compare(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        commits = git(self.origin, "rev-list", "--reverse", f"{parts[0]}..{parts[1]}").split()
        return 200, {"commits": [{"sha": commit} for commit in commits]}

    def _labels(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        return 200, [{"name": name} for name in self.labels[int(parts[0])]]

    def _make_label(self, _parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        if body["name"] in self.all_labels:
            return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}
        self.all_labels.append(body["name"])
        return 201, body

    def _add_labels(self, parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        assert set(body["labels"]) <= {*self.all_labels}, "a label that the repository lacks"
        self.labels[int(parts[0])] += body["labels"]
        return self._labels(parts, {}, {})

    def _remove_label(self, parts: list[str], _query: dict[str, list[str]], _body: dict[str, Any]) -> Answer:
        self.labels[int(parts[0])].remove(parts[1])
        return 200, []

    def _edit_pull(self, parts: list[str], _query: dict[str, list[str]], body: dict[str, Any]) -> Answer:
        pull = self.pulls[int(parts[0]) - 7]
        pull.update(body)
        return 200, self._show(pull)


Route = Callable[[Host, "list[str]", "dict[str, list[str]]", "dict[str, Any]"], Answer]
ROUTES: list[tuple[str, str, Route]] = [
    ("GET", "", Host._repository),
    ("GET", r"/issues/(\d+)/comments", Host._comments),
    ("POST", r"/issues/(\d+)/comments", Host._add_comment),
    ("PATCH", r"/issues/comments/(\d+)", Host._edit_comment),
    ("GET", r"/pulls/(\d+)", Host._pull),
    ("GET", "/pulls", Host._pulls),
    ("POST", "/pulls", Host._open),
    ("PATCH", r"/pulls/(\d+)", Host._edit_pull),
    ("GET", r"/commits/(\w+)/pulls", Host._pulls_of),
    ("GET", r"/compare/(\w+)\.\.\.(\w+)", Host._compare),
    ("GET", r"/issues/(\d+)/labels", Host._labels),
    ("POST", r"/issues/(\d+)/labels", Host._add_labels),
    ("DELETE", r"/issues/(\d+)/labels/([^/]+)", Host._remove_label),
    ("POST", "/labels", Host._make_label),
]


@contextmanager
def serve_host(origin: Path) -> Iterator[Host]:
    """Serve the API. `gh` reaches it as a proxy, because it knows no port of the host `github.localhost`."""
    host = Host(origin)

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            address = urlsplit(self.path)
            query = parse_qs(address.query)
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            host.tokens.add((self.headers.get("authorization") or "").removeprefix("token "))
            status, value = host.answer(self.command, address.path, query, json.loads(data or b"{}"))
            page = int(query.get("page", ["1"])[0])
            if isinstance(value, list):
                # A short first page, so that every list of two entries has two pages.
                rest, value = value[page:], value[page - 1 : page]
            answer = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            if isinstance(value, list) and rest:
                following = f"http://{address.netloc}{address.path}?page={page + 1}"
                self.send_header("link", f'<{following}>; rel="next"')
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 -- names of the base class

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host.port = server.server_port
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
