"""Changes that do the same to several records are read once; what needs a look of its own stands alone."""

from __future__ import annotations

import pytest

from rhythmconf.model import MISSING, Change, FieldChange, FieldTitles, KindNames
from rhythmconf.report.groups import describe_others, group_equal
from tests.support.reports import change, field

OLD = "Dear {name},\nwe are at 12 Pier Road.\nCall us, or come to 12 Pier Road.\nThe office of {name}\n"
LETTERS = [OLD.replace("{name}", name) + extra for name, extra in [("Ana", ""), ("Bo", "PS: none\n"), ("Cy", "")]]


def letter(number: int, new: str, **facts: object) -> Change:
    made = field("/email/body", LETTERS[number], new, "inbox", f"letters/{number}.html:1")
    return change(f"notice/letter-{number}", "update", made, **facts)


def named(*changes: Change) -> list[list[str]]:
    return [[each.key.name for each in group.changes] for group in group_equal(changes)]


def test_texts_are_equal_where_the_same_words_were_replaced() -> None:
    moved = [letter(number, LETTERS[number].replace("12 Pier Road", "7 Dock Street")) for number in range(3)]
    other = letter(1, LETTERS[1].replace("12 Pier Road", "8 Dock Street"))
    alone = change("program/a", "update", field("/name", "a", "b"))
    assert named(moved[0], alone, moved[1], moved[2]) == [["letter-0", "letter-1", "letter-2"], ["a"]]
    assert named(moved[0], other, moved[2]) == [["letter-0", "letter-2"], ["letter-1"]]


def test_a_part_of_a_link_is_replaced_as_a_whole_word() -> None:
    def mail(name: str, old: str, new: str) -> Change:
        text = f'Hi,\n<a href="https://{{host}}.example/{name}">{name}</a>\n'
        body = field("/body", text.replace("{host}", old), text.replace("{host}", new), "inbox")
        return change(f"notice/{name}", "update", body)

    assert named(mail("a", "old", "new"), mail("b", "old", "new"), mail("c", "old", "other")) == [["a", "b"], ["c"]]
    assert named(mail("a", "12", "14"), mail("b", "22", "24")) == [["a"], ["b"]]  # not 2 and 4


@pytest.mark.parametrize(
    "other",
    [
        field("/is_active", True, None, "inbox"),
        field("/is_active", MISSING, False, "inbox"),
        field("/is_active", True, False, "money"),
        field("/is_active", 1, False, "inbox"),
        field("/is_enabled", True, False, "inbox"),
        field("/is_active", True, False, "inbox")._replace(side="drift"),
    ],
)
def test_fields_are_equal_in_all_that_a_reader_judges(other: FieldChange) -> None:
    usual = field("/is_active", True, False, "inbox", "notices.yaml:3")
    moved = usual._replace(location=None)
    assert named(change("notice/a", "update", usual), change("notice/b", "update", moved)) == [["a", "b"]]
    assert named(change("notice/a", "update", usual), change("notice/b", "update", other)) == [["a"], ["b"]]


def test_items_of_lists_are_compared_by_their_names_not_their_places() -> None:
    one, other = (field(f"/steps/{at}/on", True, False, label="steps[60 days].on") for at in (1, 2))
    third = field("/steps/1/on", True, False, label="steps[30 days].on")
    steps = [change(f"template/{name}", "update", each) for name, each in zip("abc", (one, other, third), strict=True)]
    assert named(*steps) == [["a", "b"], ["c"]]


def test_what_needs_a_look_of_its_own_stands_alone() -> None:
    usual = field("/is_active", True, False)
    conflict = usual._replace(side="conflict", base=None)
    assert named(change("notice/a", "update", conflict), change("notice/b", "update", conflict)) == [["a"], ["b"]]
    assert named(change("notice/a", "delete"), change("notice/b", "delete")) == [["a"], ["b"]]
    assert named(*(change(f"notice/{name}", "create", field("/on", MISSING, True)) for name in "ab")) == [["a"], ["b"]]
    assert named(change("notice/a", "update", usual), change("fee/a", "update", usual)) == [["a"], ["a"]]
    assert named(change("notice/a", "update", usual), change("notice/b", "adopt", usual)) == [["a"], ["b"]]


def test_a_group_says_in_how_many_more_records_it_does_the_same() -> None:
    names = KindNames("certifications", titles={"certifications/step": FieldTitles("ID process")})
    changes = [change(f"step/{name}", "update", field("/on", True, False)) for name in "abc"]
    [group] = group_equal(changes)
    assert describe_others(group, names) == "the same in 2 other ID processes"
    assert describe_others(group_equal(changes[:1])[0], names) == ""
