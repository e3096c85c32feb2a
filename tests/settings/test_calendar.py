"""`calendar:` and `lint:` of the project file: what is in force, where it comes from, and what is wrong with it."""

from __future__ import annotations

import pkgutil
import zoneinfo
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from rhythmconf.errors import SettingsError
from rhythmconf.insight import lint
from rhythmconf.model.code import Code
from rhythmconf.settings import CalendarSettings, Settings, load_settings, schema_check
from rhythmconf.settings.calendar import zones
from rhythmconf.tenant.doctor.checks import list_settings

HEAD = "version: 1\nproject: p\nsources: [config]\n"


def read(*lines: str) -> Settings:
    text = HEAD + "\n".join(lines) + "\n"
    return load_settings(text.encode(), file=Path("/p/rhythmconf.yaml"), flags={}, environ={"HOME": "/home/ana"})


def complaints(*lines: str) -> list[str]:
    with pytest.raises(SettingsError) as info:
        read(*lines)
    return [f"{one.location}: {one.message} | {one.help}" for one in info.value.diagnostics]


def calendar(*lines: str, environment: str = "a") -> CalendarSettings:
    return read(*lines).environment(environment).calendar


def test_without_settings_the_defaults_are_in_force() -> None:
    assert calendar("environments: {a: {tenant: t}}") == CalendarSettings()


def test_an_environment_wins_member_by_member() -> None:
    lines = (
        "calendar: {zone: America/New_York, week: sunday, schedules: {weekly: every day, other: every weekday}}",
        "environments:",
        "  a: {tenant: t}",
        "  b: {tenant: u, calendar: {zone: Europe/Berlin, gap: skip, schedules: {weekly: every week on Monday}}}",
    )
    meanings = {"weekly": "every day", "other": "every weekday"}
    common = CalendarSettings(week="sunday", schedules=meanings)
    assert calendar(*lines) == common._replace(zone="America/New_York", given=frozenset({"zone", "week", "schedules"}))
    assert calendar(*lines, environment="b") == common._replace(
        zone="Europe/Berlin",
        gap="skip",
        schedules=meanings | {"weekly": "every week on Monday"},
        given=frozenset({"zone", "week", "gap", "schedules"}),
    )


SETTINGS = {name: get_args(hint) for name, hint in get_type_hints(CalendarSettings).items() if name != "schedules"}
CHOICES = [(name, word) for name, words in SETTINGS.items() for word in words if isinstance(word, str)]


@pytest.mark.parametrize(("name", "word"), CHOICES)
def test_every_value_is_accepted(name: str, word: str) -> None:
    read_value = calendar(f"calendar: {{{name}: {word}}}", "environments: {a: {tenant: t}}")
    assert getattr(read_value, name) == word
    assert read_value.given == {name}


def test_the_settings_and_their_defaults_are_those_of_the_schema() -> None:
    members = schema_check.members("calendar")
    assert list(members) == [name for name in CalendarSettings._fields if name != "given"]
    for name, member in members.items():
        assert member["default"] == CalendarSettings._field_defaults[name]
        assert tuple(member.get("enum", ())) == tuple(word for owner, word in CHOICES if owner == name)


def test_the_known_zones_can_be_loaded() -> None:
    assert len(zones()) > 400
    for name in ("UTC", "America/New_York", "Australia/Lord_Howe", "Etc/GMT+5"):
        assert name in zones()
        assert zoneinfo.ZoneInfo(name).key == name


@pytest.mark.parametrize(("written", "expected"), [
    ("{zone: America/NewYork}", "4:18: there is no time zone 'America/NewYork' | did you mean 'America/New_York'?"),
    ("{zone: europe/berlin}", "4:18: there is no time zone 'europe/berlin' | did you mean 'Europe/Berlin'?"),
    ("{zone: Middle/Earth}", "4:18: there is no time zone 'Middle/Earth' | write a name of the IANA database, such as "
                             "America/New_York"),
    ("{zone: ../../etc/passwd}", "4:18: there is no time zone '../../etc/passwd' | write a name of the IANA database, "
                                 "such as America/New_York"),
    ("{zone: ''}", "4:18: there is no time zone '' | write a name of the IANA database, such as America/New_York"),
    ("{zone: 5}", "4:18: zone must be a text | "),
    ("{zone: '${TZ}'}", "4:18: zone holds the variable ${TZ}: only auth and ca_file may hold variables | write the "
                        "value itself"),
    ("{wek: sunday}", "4:12: calendar has no member 'wek' | did you mean 'week'?"),
    ("{week: sundy}", "4:18: week must be one of monday, sunday; did you mean 'sunday'? | "),
    ("{gap: off}", "4:17: gap must be one of shift, skip | "),
    ("[]", "4:11: calendar must be a mapping | "),
    ("{schedules: []}", "4:23: schedules must be a mapping | "),
    ("{schedules: {weekly: ' '}}", "4:32: weekly must be a text | "),
])  # fmt: skip
def test_a_mistake_is_one_error_at_its_place(written: str, expected: str) -> None:
    assert complaints(f"calendar: {written}") == [f"rhythmconf.yaml:{expected}"]


def test_a_mistake_in_an_environment_is_located_there() -> None:
    assert complaints("environments:", "  a: {tenant: t, calendar: {zone: Europe/Berlim}}") == [
        "rhythmconf.yaml:5:35: there is no time zone 'Europe/Berlim' | did you mean 'Europe/Berlin'?"
    ]


def test_lint_has_severities_by_code() -> None:
    assert read("lint: {RC702: off, RC701: warning, RC703: error}").lint == {
        "RC702": "off", "RC701": "warning", "RC703": "error",
    }  # fmt: skip
    assert read().lint == {}


@pytest.mark.parametrize(("written", "expected"), [
    ("{rc702: off}", "4:8: lint: 'rc702' is not the code of a rule | did you mean 'RC702'?"),
    ("{RC101: off}", "4:8: lint: 'RC101' is not the code of a rule | `rhythmconf explain` lists the codes"),
    ("{RC702: never}", "4:15: RC702 must be one of off, warning, error | "),
    ("{RC702: false}", "4:15: RC702 must be one of off, warning, error | "),
    ("[RC702]", "4:7: lint must be a mapping | "),
])  # fmt: skip
def test_a_mistake_in_lint_is_one_error_at_its_place(written: str, expected: str) -> None:
    assert complaints(f"lint: {written}") == [f"rhythmconf.yaml:{expected}"]


def test_doctor_lists_what_is_in_force_and_where_it_comes_from() -> None:
    settings = read(
        "calendar: {zone: America/New_York, schedules: {weekly: every day}}",
        "lint: {RC702: off}",
        "environments:",
        "  a: {tenant: t, calendar: {week: sunday}}",
    )
    rows = {row.name: (row.value, row.origin) for row in list_settings(settings, settings.environment("a"))}
    assert rows["calendar.zone"] == ("America/New_York", "rhythmconf.yaml:4")
    assert rows["calendar.schedules"] == ("weekly", "rhythmconf.yaml:4")
    assert rows["calendar.week"] == ("sunday", "rhythmconf.yaml:7")
    assert rows["calendar.order"] == ("anchor-first", "default")
    assert rows["lint.RC702"] == ("off", "rhythmconf.yaml:5")
    assert "calendar" not in rows
    assert "lint" not in rows


def test_lint_knows_the_code_of_every_rule() -> None:
    modules = [import_module(f"{lint.__name__}.{found.name}") for found in pkgutil.iter_modules(lint.__path__)]
    codes = {str(value) for module in modules for value in vars(module).values() if isinstance(value, Code)}
    assert len(codes) > 5
    assert codes <= set(schema_check.members()["lint"]["propertyNames"]["enum"])
