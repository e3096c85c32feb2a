"""What is asked of the tenant has everybody whom any reading of the dates can take."""

from __future__ import annotations

from datetime import date

from rhythmconf.insight.forecast import Question, join_questions
from rhythmconf.insight.windows import Window

JANUARY = Window(date(2027, 1, 1), date(2027, 1, 31))
LATER = Window(date(2027, 1, 20), date(2027, 2, 10))
SUMMER = Window(date(2027, 7, 1), date(2027, 7, 2))


def test_questions_are_joined_so_that_each_is_answered() -> None:
    one = Question(frozenset({"cmsi"}), (JANUARY,), frozenset({"active"}), frozenset({"status"}))
    other = Question(frozenset({"rds"}), (LATER, SUMMER), frozenset({"approved"}), frozenset({"expires"}))
    joined = join_questions([one, None, other])
    assert joined == Question(
        frozenset({"cmsi", "rds"}),
        (Window(JANUARY.start, LATER.end), SUMMER),
        frozenset({"active", "approved"}),
        frozenset({"status", "expires"}),
    )


def test_all_programs_or_any_status_of_one_question_are_those_of_all() -> None:
    one = Question(frozenset({"cmsi"}), (JANUARY,), frozenset({"active"}), frozenset())
    joined = join_questions([one, one._replace(programs=None, statuses=None)])
    assert joined == one._replace(programs=None, statuses=None)


def test_nothing_is_asked_where_no_reading_takes_anybody() -> None:
    assert join_questions([None, None]) is None
