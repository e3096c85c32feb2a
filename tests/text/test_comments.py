"""Comments are found in the text of a file, and a '#' in a value begins none."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.text.yaml12.comments import find_comments

TEXT = """\
# rhythmconf: one
kind: a  # rhythmconf: two
text: |  # rhythmconf: three
  # rhythmconf: not this
  body # rhythmconf: nor this

# rhythmconf: four
# another comment
next: "x # rhythmconf: not this"
plain: a#rhythmconf:not-this
items:
  - one   ## rhythmconf:five
  # rhythmconf: six

last: >-
    # rhythmconf: not this
"""


def test_comments_are_found_with_the_line_that_they_are_about() -> None:
    found = [(one.line, one.column, one.text, one.subject) for one in find_comments(TEXT.encode(), "rhythmconf:")]
    assert found == [
        (1, 1, "one", 2),
        (2, 10, "two", 2),
        (3, 10, "three", 3),
        (7, 1, "four", 9),
        (12, 11, "five", 12),
        (13, 3, "six", 14),
    ]


@pytest.mark.parametrize("text", [b"a: '\n# rhythmconf: x", b"\xff # rhythmconf: x", b"no such word # here"])
def test_a_text_that_can_not_be_read_has_no_comments(text: bytes) -> None:
    assert find_comments(text, "rhythmconf:") == []


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    text = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    assert find_comments(text, "rhythmconf:") == find_comments(TEXT.encode(), "rhythmconf:")


@given(st.text(alphabet="a#: \n'\"-é𝒳", max_size=30), st.sampled_from(['"', "|"]))
def test_no_value_holds_a_comment_whatever_it_is(value: str, style: str) -> None:
    """A value that looks like a comment is none; the comment behind it is the only one."""
    text = yaml.safe_dump({"a": f"{value}\n # rhythmconf: value\n"}, default_style=style, allow_unicode=True)
    found = find_comments(f"{text}b: 1  # rhythmconf: real\n".encode(), "rhythmconf:")
    assert [one.text for one in found] == ["real"]
