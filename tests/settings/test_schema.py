"""The JSON Schema of the project file: our checks agree with jsonschema-rs and with the settings."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from rhythmconf.settings import Dialect, Environment, schema_check
from rhythmconf.settings.environments import parse_days
from rhythmconf.settings.values import AUDIENCE, DEFAULT_MODULE, DEFAULT_PLAN_AGE_DAYS

PROJECT = yaml.safe_load("""\
version: 1
requires: ">=0.1"
project: hisp
module: certifications
sources: [config]
schemas: [kinds]
default_environment: all
calendar: {zone: Europe/Berlin, order: offset-first, schedules: {weekly: every day}}
lint: {RC702: "off", RC703: error}
environments:
  other: {tenant: hisp-local, embedded: .rhythmconf/local.db}
  all:
    tenant: hisp
    protected: true
    base_url: "https://{module}.api.rhythmsoftware.com"
    auth: {domain: a.example, client_id: a, client_secret: b, audience: c, max_mints_per_day: 3}
    dialect: {guard: values, off_options: null, list_lag_s: 2.5}
    calendar: {week: sunday}
    max_plan_age: 12h
    ca_file: /etc/ca.pem
""")
VALIDATOR = jsonschema_rs.Draft7Validator(schema_check.load_schema())
LENGTHS = st.from_regex(r"\A\s?[0-9]{1,2}(\.[0-9])?\s?([hHdwW]|[a-z]{3,5}|Days|HOURS)?\s?\Z")
WORDS = st.sampled_from(
    ["", " ", "a", "A", "${X}", "a/b", "../a", "/a", "a\\b", "a\n", "null", "0 days", "7 days", "x"]
)
VALUES = st.one_of(
    WORDS,
    LENGTHS,
    st.none(),
    st.booleans(),
    st.integers(-2, 700),
    st.floats(-2, 700),
    st.lists(WORDS, max_size=3),
    st.dictionaries(WORDS, WORDS, max_size=2),
)
PLACES = [
    *([name] for name in [*schema_check.members(), "zzz"]),
    *(["environments", "all", name] for name in [*schema_check.members("environment"), "zzz"]),
    *(["environments", "all", "auth", name] for name in [*schema_check.members("auth"), "zzz"]),
    *(["environments", "all", "dialect", name] for name in [*schema_check.members("dialect"), "zzz"]),
    *(["calendar", name] for name in [*schema_check.members("calendar"), "zzz"]),
    *(["environments", "all", "calendar", name] for name in [*schema_check.members("calendar"), "zzz"]),
    *(["lint", name] for name in ("RC702", "RC101", "zzz")),
    *(["environments", name] for name in ("B", "b-2", "a/b", "\n")),
]


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """Generate project files with up to three members removed or set to any value."""
    value = copy.deepcopy(PROJECT)
    for pointer in draw(st.lists(st.sampled_from(PLACES), max_size=3)):
        owner: Any = value
        for token in pointer[:-1]:
            owner = owner.get(token) if isinstance(owner, dict) else None
        if isinstance(owner, dict):
            if draw(st.booleans()):
                owner[pointer[-1]] = draw(VALUES)
            else:
                owner.pop(pointer[-1], None)
    return value


def test_the_schema_is_valid() -> None:
    Draft7Validator.check_schema(schema_check.load_schema())
    assert VALIDATOR.is_valid(PROJECT)


@given(st.one_of(changed(), VALUES))
@example(PROJECT | {"project": "hisp\n"})
@example(PROJECT | {"version": True})
@example(PROJECT | {"sources": ["a", "b/..", "..c"]})
@example(PROJECT | {"sources": ["a\n/../b"]})
@example(PROJECT | {"environments": {"all": {"tenant": "t", "auth": {"token_command": "t", "max_mints_per_day": 3.0}}}})
def test_settings_and_schema_agree(value: Any) -> None:
    assert schema_check.conforms(value) == VALIDATOR.is_valid(value)
    assert schema_check.conforms(value) == (schema_check.complaints(value) == [])


@given(st.one_of(LENGTHS, WORDS, st.integers(-2, 9), st.floats(-2, 9), st.none(), st.booleans()))
@example("0.0 h")
@example("0")
@example("00.10 weeks")
def test_the_schema_accepts_exactly_the_readable_plan_ages(value: Any) -> None:
    assert schema_check.conforms(value, schema_check.members("environment")["max_plan_age"]) == (
        parse_days(value) is not None
    )


def test_the_dialects_are_those_of_the_schema() -> None:
    members = schema_check.members("dialect")
    assert list(members) == [name for name, _ in Dialect.choices()]
    for name, words in Dialect.choices():
        assert [word for word in members[name].get("enum", []) if word is not None] == list(words)
        assert members[name]["default"] == getattr(Dialect(), name)


def test_the_defaults_are_those_of_the_settings() -> None:
    members, environment = schema_check.members(), Environment("local", "hisp")
    assert members["module"]["default"] == DEFAULT_MODULE
    assert schema_check.members("auth")["audience"]["default"] == AUDIENCE
    assert parse_days(schema_check.members("environment")["max_plan_age"]["default"]) == DEFAULT_PLAN_AGE_DAYS
    for name in ("protected", "base_url"):
        assert schema_check.members("environment")[name]["default"] == getattr(environment, name)


def members() -> list[tuple[str, dict[str, Any]]]:
    """Yield every member of the project file by its dotted name."""
    owners = ["", "environment", "auth", "dialect", "calendar"]
    return [
        (f"{owner}.{name}".lstrip("."), member)
        for owner in owners
        for name, member in schema_check.members(owner).items()
    ]


@pytest.mark.parametrize(("name", "member"), members(), ids=[name for name, _ in members()])
def test_each_member_is_described_with_a_valid_example(name: str, member: dict[str, Any]) -> None:
    assert member["description"].endswith(".")
    if name in ("environment.auth", "environment.dialect", "calendar", "environment.calendar"):
        return  # their members have examples
    for value in member["examples"]:
        assert schema_check.conforms(value, member)
    owner = {"properties": {name: member}}
    assert yaml.safe_load(f"{name}: {schema_check.example(owner, name)}") == {name: member["examples"][0]}
