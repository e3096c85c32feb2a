"""Where a report comes from: the commit, the time and links that nobody can turn into something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from rhythmconf.report.formats import html, markdown
from rhythmconf.report.origin import Link, Origin
from tests.support import reports
from tests.support.payloads import PAYLOADS
from tests.support.process import run_in_process

HEAD = "31a95ceab191" + "0" * 28
PLAN = reports.plan()._replace(commit="6" * 40, clean=True, created_at="2026-11-28T00:12:30Z")


def test_a_report_names_the_reviewed_commit_the_time_and_links() -> None:
    origin = Origin(HEAD, (Link("Run 3", "https://host.test/runs/1"), Link("by ana", "https://host.test/ana")))
    line = "[Run `3`](https://host.test/runs/1) · [by ana](https://host.test/ana) · made on 28 Nov 2026, 00:12 UTC"
    comment, page = markdown.plan(PLAN, origin=origin), html.plan(PLAN, origin=origin)
    assert f"\n\n{line.replace('`3`', '3')}\n\n" in comment
    assert "commit `31a95ceab191`" in comment
    assert '<a href="https://host.test/runs/1">Run 3</a>' in page
    assert "31a95ceab191" in page
    for report in (comment, page):
        assert "made on 28 Nov 2026, 00:12 UTC" in report
        assert "666666" not in report
    assert "made on" not in markdown.plan(PLAN)  # without an origin, a report depends on its plan alone


def test_no_text_of_a_link_becomes_markup() -> None:
    for payload in PAYLOADS:
        origin = Origin("", (Link(payload, "https://host.test/1"),))
        line = markdown.plan(PLAN, origin=origin).splitlines()[3]
        inline = MarkdownIt("gfm-like").parseInline(line)[0].children or []
        assert [token.attrGet("href") for token in inline if token.type == "link_open"] == ["https://host.test/1"]
        assert not [token for token in inline if token.type in ("image", "html_inline")]
        assert len(re.findall("<a ", html.plan(PLAN, origin=origin))) == len(re.findall("<a ", html.plan(PLAN))) + 1


@pytest.mark.parametrize(
    "option",
    [
        ("--link", "Run"),
        ("--link", "=https://host.test"),
        ("--link", "Run=javascript:alert(1)"),
        ("--link", "Run=https://host.test/a) [b](c"),
        ("--link", "Run=https://host.test/\nb"),
        ("--head", "main"),
    ],
)
def test_what_is_no_link_or_commit_is_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    result = run_in_process(tmp_path, "plan", *option)
    assert result.code == 1
    assert option[0] in result.stderr
    assert "help: " in result.stderr
