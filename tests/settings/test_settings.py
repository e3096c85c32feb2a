"""The project file with variables and flags: which value is used, its origin, and the location of each error."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from rhythmconf import __version__
from rhythmconf.errors import SettingsError
from rhythmconf.settings import Auth, Dialect, Environment, Secret, Settings, find_project_file, load_settings
from rhythmconf.settings.environments import parse_days
from rhythmconf.settings.project import requires_problem
from rhythmconf.settings.urls import domain_problem, url_problem

DESIGN = """\
version: 1
requires: ">=0.1"
project: hisp
module: certifications
sources: [config]
schemas: []
default_environment: local
environments:
  local:
    tenant: hisp-local
    embedded: .rhythmconf/local.db
  sandbox:
    tenant: hisp-sandbox
    auth: {domain: hisp.us.auth0.com, client_id: "${SANDBOX_CLIENT_ID}", client_secret: "${SANDBOX_CLIENT_SECRET}"}
  production:
    tenant: hisp
    protected: true
    base_url: "https://{module}.api.rhythmsoftware.com"
    auth: {token_command: "vault read -field=token ${PATH_IN_VAULT}"}
    dialect: {guard: values, list_lag_s: 2.5}
    max_plan_age: 12h
    ca_file: /etc/ca.pem
"""
SANDBOX = {"SANDBOX_CLIENT_ID": "id-1", "SANDBOX_CLIENT_SECRET": "hush+hush"}


def read(text: str = DESIGN, environ: Mapping[str, str] | None = None, **flags: str) -> Settings:
    return load_settings(
        text.encode(), file=Path("/p/rhythmconf.yaml"), flags=flags, environ={"HOME": "/home/x", **(environ or {})}
    )


def project(*lines: str, head: str = "version: 1\nproject: p\nsources: [config]\n") -> str:
    return head + "".join(f"{line}\n" for line in lines)


def complaint(text: str, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read(text, environ)
    diagnostics = caught.value.as_diagnostics()
    assert (caught.value.where, caught.value.message) == (diagnostics[0].location, diagnostics[0].message)
    return "\n".join(f"{diagnostic.location}: {diagnostic.message} | {diagnostic.help}" for diagnostic in diagnostics)


def test_a_complete_project_file_is_read() -> None:
    settings = read()
    assert settings.root == Path("/p")
    assert (settings.project, settings.module, settings.sources, settings.schemas) == (
        "hisp", "certifications", ("config",), (),
    )  # fmt: skip
    assert settings.default_environment == "local"
    assert list(settings.environments) == ["local", "sandbox", "production"]
    assert settings.state_dir == Path("/home/x/.local/state/rhythmconf")
    assert settings.cache_dir == Path("/home/x/.cache/rhythmconf")
    assert settings.plan_key is None


def test_each_environment_of_a_complete_file_is_read() -> None:
    settings = read(environ=SANDBOX)
    assert settings.environment() == Environment(
        "local", "hisp-local", base_url="http://localhost/{module}", embedded=".rhythmconf/local.db"
    )
    assert settings.environment("sandbox") == Environment(
        "sandbox", "hisp-sandbox", auth=Auth("hisp.us.auth0.com", "id-1", Secret("hush+hush"))
    )
    assert settings.environment("production") == Environment(
        "production", "hisp", protected=True, max_plan_age_days=0.5, ca_file="/etc/ca.pem",
        auth=Auth(token_command="vault read -field=token ${PATH_IN_VAULT}"), dialect=Dialect(list_lag_s=2.5),
    )  # fmt: skip


def test_the_smallest_project_file_is_read() -> None:
    settings = read(project())
    assert (settings.module, settings.schemas, settings.default_environment) == ("certifications", (), "")
    assert settings.environments == {}
    with pytest.raises(SettingsError, match="No environment was named") as caught:
        settings.environment()
    ways = "give --env NAME, or set RHYTHMCONF_ENV, or `default_environment` in rhythmconf.yaml"
    assert caught.value.help == f"{ways}; environments: none yet"
    assert caught.value.message == "No environment was named."
    with pytest.raises(SettingsError, match=r"No environment was named: RHYTHMCONF_ENV is set but empty\."):
        read(project(), {"RHYTHMCONF_ENV": ""}).environment()


def test_a_single_environment_is_the_default() -> None:
    assert read(project("environments: {only: {tenant: t}}")).environment().name == "only"
    assert read(project("environments: {a: {tenant: t}, b: {tenant: u}}")).default_environment == ""


def test_a_flag_overrides_a_variable_and_a_variable_the_file() -> None:
    assert read().environment().name == "local"
    assert read(environ={"RHYTHMCONF_ENV": "production"}).environment().name == "production"
    assert read(environ={"RHYTHMCONF_ENV": "production"}, env="local").environment().name == "local"
    assert read(environ={"RHYTHMCONF_ENV": "sandbox"}, env="local").environment("production").name == "production"
    assert read(environ={"RHYTHMCONF_ENV": ""}).environment().name == "local"


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(SettingsError, match="no environment prodution") as caught:
        read(env="prodution").environment()
    assert caught.value.help == "did you mean 'production'?"
    with pytest.raises(SettingsError) as caught:
        read().unexpanded("x")
    assert caught.value.help == "environments: local, sandbox, production"


def test_only_the_variables_of_the_used_environment_are_needed() -> None:
    settings = read()
    assert settings.environment("local").name == "local"
    assert settings.unexpanded("sandbox").tenant == "hisp-sandbox"
    with pytest.raises(SettingsError) as caught:
        settings.environment("sandbox")
    assert str(caught.value.where) == "rhythmconf.yaml:14:50"
    assert caught.value.message == (
        "the variable SANDBOX_CLIENT_ID is not set; auth.client_id of the environment sandbox needs it"
    )
    assert [
        (str(diagnostic.location), diagnostic.message, diagnostic.help) for diagnostic in caught.value.as_diagnostics()
    ] == [
        (
            "rhythmconf.yaml:14:50",
            "the variable SANDBOX_CLIENT_ID is not set; auth.client_id of the environment sandbox needs it",
            "set SANDBOX_CLIENT_ID, or use another environment (--env)",
        ),
        (
            "rhythmconf.yaml:14:89",
            "the variable SANDBOX_CLIENT_SECRET is not set; auth.client_secret of the environment sandbox needs it",
            "set SANDBOX_CLIENT_SECRET, or use another environment (--env)",
        ),
    ]


@pytest.mark.parametrize("written", ["$TOKEN_ID", "%TOKEN_ID%", "$(TOKEN_ID)", "{{ TOKEN_ID }}", "{{TOKEN_ID}}"])
def test_a_variable_that_is_written_in_another_way_is_an_error(written: str) -> None:
    text = (
        PROJECT
        + f"environments:\n  x: {{tenant: t, auth: {{domain: d.example, client_id: '{written}', client_secret: s}}}}\n"
    )
    with pytest.raises(SettingsError) as caught:
        read(text, environ={"TOKEN_ID": "secret"}).environment("x")
    assert caught.value.message == f"'{written}' is not replaced by a variable here"
    assert caught.value.help == "write ${TOKEN_ID}"


@pytest.mark.parametrize("written", ["a$b", "$1x", "50%", "$", "p%x%q"])
def test_a_text_with_such_signs_is_taken_as_it_is(written: str) -> None:
    text = (
        PROJECT
        + f"environments:\n  x: {{tenant: t, auth: {{domain: d.example, client_id: '{written}', client_secret: s}}}}\n"
    )
    auth = read(text, environ={}).environment("x").auth
    assert auth is not None
    assert auth.client_id == written


def test_an_empty_variable_counts_as_missing() -> None:
    with pytest.raises(SettingsError) as caught:
        read(environ={**SANDBOX, "SANDBOX_CLIENT_SECRET": ""}).environment("sandbox")
    assert str(caught.value.where) == "rhythmconf.yaml:14:89"
    assert caught.value.message == (
        "the variable SANDBOX_CLIENT_SECRET is set but empty; auth.client_secret of the environment sandbox needs it"
    )
    assert caught.value.help == "set SANDBOX_CLIENT_SECRET, or use another environment (--env)"


@pytest.mark.parametrize("member", [
    "tenant: t, ca_file: '${X}'", "tenant: t, ca_file: '/etc/${X}.pem'",
    "tenant: t, auth: {domain: '${X}', client_id: i, client_secret: s}",
    "tenant: t, auth: {domain: d.example, client_id: 'i-${X}', client_secret: s}",
])  # fmt: skip
@pytest.mark.parametrize(("environ", "words"), [({"X": ""}, "is set but empty"), ({}, "is not set")])
def test_every_variable_says_whether_it_is_empty_or_not_set(member: str, environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=f"the variable X {words}; "):
        read(project("environments:", f"  a: {{{member}}}"), environ).environment("a")


@pytest.mark.parametrize(("value", "words"), [
    ("hush\n", "ends with a line break"), ("hush\r\n", "ends with a line break"), ("hush ", "ends with a blank"),
    ("hush\u00a0", "ends with a blank"), ("\thush", "begins with a blank"), ("\nhush", "begins with a line break"),
    ("hu\nsh", "contains a line break or another control character"), ("hu\x07sh", "contains a line break or another"),
])  # fmt: skip
@pytest.mark.parametrize(("member", "column", "name"), [
    ("tenant: t, auth: {domain: d.example, client_id: i, client_secret: '${X}'}", 6, "client_secret"),
    ("tenant: t, auth: {domain: d.example, client_id: '${X}', client_secret: s}", 6, "client_id"),
    ("tenant: t, auth: {domain: d.example, client_id: i, client_secret: s, audience: '${X}'}", 6, "audience"),
])  # fmt: skip
def test_a_blank_that_nobody_sees_is_named(value: str, words: str, member: str, column: int, name: str) -> None:
    settings = read(project("environments:", f"  a: {{{member}}}"), {"X": value})
    with pytest.raises(SettingsError, match=rf"^{name} {words}") as caught:
        settings.environment("a")
    assert str(caught.value.where) == f"rhythmconf.yaml:5:{len('  a: {') + 1 + member.index(chr(39) + '${X}')}"
    assert "hush" not in f"{caught.value.message}{caught.value.help}"


BAD_HOSTS = {
    "https://a..b.example": "has the host 'a..b.example' with an empty part between two dots",
    "https://.example": "an empty part",
    f"https://{'a' * 64}.example": "a part of 64 characters; a part has at most 63",
    f"https://{'a.' * 130}example": "a host of 267 characters; a name has at most 253",
    "https://xn--zzzzzzzzz.example": "stands for no name",
    "https://xn--a.example": "stands for no name",
    "https://a.xn--a": "stands for no name",
    "https://xn--.example": "is not a part of a host name",
    "https://\u24d4vil.example": "letters outside ASCII: write it in its ASCII form",
    "https://\u0435vil.example": "letters outside ASCII: write it in its ASCII form",
    "https://a\u3002example": "letters outside ASCII",
    "https://-a.example": "'-a' is not a part of a host name",
    "https://a%2eexample": "is not a part of a host name",
    "https://256.1.1.1": "is not an IP address",
    "https://1.2.3": "is not an IP address",
    "https://[fe80::1%25eth0]": "is not an IP address",
    "https://a.example:": "has ':' after its host",
    "https://a.example:0": "has ':0' after its host",
    "https://a.example:65536": "a port from 1 to 65535",
    "https://a.example:99999999999999": "a port from 1 to 65535",
    "https://a.example:80:80": "has ':80:80' after its host",
    "https://a.example:\u0663": "after its host",
    "https://[v1.x]": "has the host '[v1.x]', which is not an IP address",
    "https://[::1]x": "has 'x' after its host",
}


@pytest.mark.parametrize("url", BAD_HOSTS)
def test_a_host_that_cannot_be_reached_is_located(url: str) -> None:
    text = project("environments:", "  a:", "    tenant: t", f'    base_url: "{url}"')
    assert f"rhythmconf.yaml:7:15: base_url {url_problem(url)}" in complaint(text)
    assert BAD_HOSTS[url] in url_problem(url)
    domain = url.removeprefix("https://")
    text = project(
        "environments:", "  a:", "    tenant: t", f'    auth: {{domain: "{domain}", client_id: i, client_secret: s}}'
    )
    assert "rhythmconf.yaml:7:20: domain has " in complaint(text)
    with pytest.raises(SettingsError, match="The URL has") as caught:
        read(environ={"RHYTHMCONF_BASE_URL": url})
    assert caught.value.where == "RHYTHMCONF_BASE_URL"
    auth = "auth: {domain: '${HOST}', client_id: i, client_secret: s}"
    settings = read(project("environments:", f"  a: {{tenant: t, {auth}}}"), {"HOST": domain})
    with pytest.raises(SettingsError, match=r"^domain has") as caught:
        settings.environment("a")
    assert str(caught.value.where) == "rhythmconf.yaml:5:33"


def test_a_host_with_a_control_character_is_refused() -> None:
    """YAML refuses such a character itself, so it can only come from a variable or an escape."""
    text = project("environments:", "  a:", "    tenant: t", '    base_url: "https://xn--\\u0080.example"')
    assert "rhythmconf.yaml:7:15: base_url has the host 'xn--\\x80.example' with letters outside ASCII" in complaint(
        text
    )


@pytest.mark.parametrize("url", [
    f"https://{'a' * 63}.example", "https://xn--mnchen-3ya.example", "https://a_b.example", "https://A-1.example.",
    "https://a.example:65535", "https://10.1.2.3:1", "https://[fd00::1]", "https://localhost",
])  # fmt: skip
def test_an_odd_host_that_can_be_reached_is_accepted(url: str) -> None:
    assert url_problem(url) == ""


def test_a_given_token_replaces_auth() -> None:
    environment = read(environ={"RHYTHMCONF_TOKEN": "hush-token"}).environment("sandbox")
    assert environment.auth is None
    assert environment.token is not None
    assert environment.token.reveal() == "hush-token"


def test_a_base_url_variable_overrides_the_file() -> None:
    url = "http://127.0.0.1:8080/{module}"
    settings = read(environ={"RHYTHMCONF_BASE_URL": url})
    for name in settings.environments:
        environment = settings.unexpanded(name)
        assert (environment.base_url, environment.embedded) == (url, None)
    with pytest.raises(SettingsError, match="loopback addresses only") as caught:
        read(environ={"RHYTHMCONF_BASE_URL": "http://api.example"})
    assert caught.value.where == "RHYTHMCONF_BASE_URL"


def test_variables_are_replaced_within_a_text() -> None:
    auth = "auth: {domain: '${ORG}.${HOST}', client_id: '${ORG}-${STAGE}', client_secret: s}"
    text = project("environments:", f"  a: {{tenant: x, ca_file: '/${{STAGE}}/${{ORG}}.pem', {auth}}}")
    environment = read(text, {"ORG": "hisp", "STAGE": "test", "HOST": "auth.example"}).environment()
    assert environment.auth is not None
    assert (environment.auth.domain, environment.auth.client_id) == ("hisp.auth.example", "hisp-test")
    assert environment.ca_file == "/test/hisp.pem"


def test_the_value_of_a_variable_is_checked() -> None:
    text = project("environments:", "  a: {tenant: x, auth: {domain: '${URL}', client_id: c, client_secret: s}}")
    with pytest.raises(SettingsError, match="domain uses http") as caught:
        read(text, {"URL": "http://api.example"}).environment()
    assert str(caught.value.where) == "rhythmconf.yaml:5:33"


@pytest.mark.parametrize("written", ["${}", "${A", "a${A-b}", "${1 2}"])
def test_invalid_variable_syntax_is_an_error(written: str) -> None:
    text = project("environments:", f"  a: {{tenant: x, ca_file: '{written}'}}")
    with pytest.raises(SettingsError, match="names no variable"):
        read(text, {"A": "x"}).environment()


MISPLACED_VARIABLES = [
    ("  a: {tenant: 'x-${AWS_SECRET}'}", "6:15", "tenant", "give each tenant an environment of its own"),
    ("  a: {tenant: x, base_url: 'https://${AWS_SECRET}.evil.example/{module}'}", "6:28", "base_url",
     "set RHYTHMCONF_BASE_URL"),
    ("  a: {tenant: x, base_url: '${URL}'}", "6:28", "base_url", "set RHYTHMCONF_BASE_URL"),
    ("  a: {tenant: x, base_url: 'https://a.example/${'}", "6:28", "base_url", "set RHYTHMCONF_BASE_URL"),
    ("  a: {tenant: x, embedded: '${HOME}/x.db'}", "6:28", "embedded", "each environment has its own file"),
    ("  a: {tenant: x, max_plan_age: '${DAYS}'}", "6:32", "max_plan_age", "write the value itself"),
    ("  a: {tenant: x, dialect: {guard: '${GUARD}'}}", "6:35", "guard", "write the value itself"),
    ("  a: {tenant: x}\nmodule: ${MODULE}", "7:9", "module", "write the value itself"),
    ("  a: {tenant: x}\nrequires: '${VERSION}'", "7:11", "requires", "write the value itself"),
    ("  a: {tenant: x}\nschemas: [kinds, '${KINDS}']", "7:18", "schemas", "write the value itself"),
    ("  a: {tenant: x}\ndefault_environment: ${RHYTHMCONF_ENV}", "7:22", "default_environment", "the value itself"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "member", "help"), MISPLACED_VARIABLES)
def test_only_auth_and_ca_file_may_hold_variables(text: str, place: str, member: str, help: str) -> None:
    # RHYTHMCONF_BASE_URL replaces a member, and doesn't make its text right.
    for environ in (
        {},
        {"AWS_SECRET": "hush", "URL": "https://a.example"},
        {"RHYTHMCONF_BASE_URL": "https://b.example"},
    ):
        with pytest.raises(SettingsError) as caught:
            read(project("environments:", "  other: {tenant: z}", text), environ).environment("other")
        error = caught.value
        assert (str(error.where), error.message.split()[0]) == (f"rhythmconf.yaml:{place}", member)
        assert "only auth and ca_file may hold variables" in error.message
        assert help in str(error.help)
        assert len(error.diagnostics) == 1
        assert "hush" not in f"{error.diagnostics}"


def test_every_misplaced_variable_is_reported() -> None:
    text = project("environments:", "  a: {tenant: '${A}', base_url: '${B}'}", "  b: {tenant: '${C}'}")
    with pytest.raises(SettingsError) as caught:
        read(text, {"A": "a"})
    assert [str(one.location) for one in caught.value.diagnostics] == [
        f"rhythmconf.yaml:{place}" for place in ("5:15", "5:33", "6:15")
    ]


@pytest.mark.parametrize(("one", "other"), [
    ("{tenant: t}", "{tenant: t, base_url: 'https://{module}.api.rhythmsoftware.com'}"),
    ("{tenant: t}", "{tenant: t, base_url: 'https://{module}.API.rhythmsoftware.com:443/'}"),
    ("{tenant: t, base_url: 'http://localhost:80/{module}'}", "{tenant: t, base_url: 'http://localhost/{module}'}"),
    ("{tenant: t, embedded: x/a.db}", "{tenant: t, embedded: ./x//a.db}"),
    ("{tenant: t, embedded: x/a.db}", "{tenant: t, embedded: {file: x/a.db, people: 5}}"),
])  # fmt: skip
def test_two_environments_that_are_one_tenant_are_an_error(one: str, other: str) -> None:
    message = complaint(project("environments:", f"  a: {one}", f"  b: {other}"))
    assert message.startswith("rhythmconf.yaml:6:")
    assert "a and b are the same tenant" in message


@pytest.mark.parametrize(("one", "other"), [
    ("{tenant: t}", "{tenant: u}"),
    ("{tenant: t}", "{tenant: t, base_url: 'https://api.example'}"),
    ("{tenant: t, embedded: a.db}", "{tenant: t, embedded: b.db}"),
    ("{tenant: t, embedded: a.db}", "{tenant: t}"),
    ("{tenant: t, base_url: 'https://api.example/a'}", "{tenant: t, base_url: 'https://api.example/b'}"),
])  # fmt: skip
def test_two_tenants_are_distinguished(one: str, other: str) -> None:
    assert len(read(project("environments:", f"  a: {one}", f"  b: {other}")).environments) == 2


PROJECT = "version: 1\nproject: p\nsources: [config]\n"


@pytest.mark.parametrize(("text", "message"), [
    ("", "1:1: The file must hold one mapping."),
    ("- 1", "1:1: The file must hold one mapping."),
    (PROJECT + "---\na: 1", "1:1: The file must hold one mapping."),
    ("a: [", ""),
    ("{}", "1:1: the project file needs the member 'version'"),
    (PROJECT.replace("version: 1", "version: 2"), "1:10: version must be 1"),
    (PROJECT.replace("version: 1", "version: true"), "1:10: version must be 1"),
    (PROJECT.replace("version: 1", "version: '1'"), "1:10: version must be 1"),
    (PROJECT.replace(": p", ": P q"), "2:10: project must look like [a-z0-9][a-z0-9-]* | for example p-q"),
    (PROJECT.replace(": p", ": ÄÖ"), "2:10: project must look like [a-z0-9][a-z0-9-]*"),
    (PROJECT.replace("[config]", "[]"), "3:10: sources must be a list of at least one folder"),
    (PROJECT.replace("[config]", "config"), "3:10: sources must be a list of at least one folder"),
    (PROJECT.replace("[config]", "[a, 1]"), "3:10: sources must be a path"),
    (PROJECT.replace("[config]", "[/etc]"), "3:10: sources must be a path inside the project"),
    (PROJECT.replace("[config]", "[a/../../b]"), "3:10: sources must be a path inside the project"),
    (PROJECT.replace("[config]", '["a\\n/../../b"]'), "3:10: sources must be a path inside the project"),
    (PROJECT.replace("[config]", "[~/x]"), "3:10: sources must be a path inside the project"),
    (PROJECT.replace("[config]", "['a\\b']"), "3:10: sources must be a path inside the project"),
    (PROJECT.replace("[config]", "[config, overlays/x]"), "3:10: sources must not name overlays/x"),
    (PROJECT.replace("[config]", "[bindings]"), "3:10: sources must not name bindings"),
    (PROJECT + "schemas: x", "4:10: schemas must be a list of folders"),
    (PROJECT + "schemas: [k/../x]", "4:10: schemas must be a folder, with slashes"),
    (PROJECT + "module: a/b", "4:9: module must look like"),
    (PROJECT + "requires: newest", "4:11: requires must be comparisons such as '>=0.1,<2'"),
    (PROJECT + "requires: '>=99'", f"4:11: requires asks for >=99, and this is rhythmconf {__version__}"),
    (PROJECT + "requires: 1", "4:11: requires must be a text"),
    (PROJECT + "environmens: {}", "4:1: the project file has no member 'environmens' | did you mean 'environments'?"),
    (PROJECT + "zzz: {}", "4:1: the project file has no member 'zzz' | members: version, requires, project"),
    (PROJECT + "environments: []", "4:15: environments must be a mapping"),
    (PROJECT + "environments: {A: {tenant: x}}",
     "4:16: 'A' can't name an environment: use [a-z0-9][a-z0-9_-]* | for example a"),
    (PROJECT + "environments: {a/b: {tenant: x}}", "4:16: 'a/b' can't name an environment"),
    (PROJECT + "environments: {a: }", "an environment must be a mapping"),
    (PROJECT + "environments: {a: {}}", "4:19: an environment needs the member 'tenant'"),
    (PROJECT + "default_environment: b\nenvironments: {bb: {tenant: x}}", "4:22: there is no environment b | did you"),
])  # fmt: skip
def test_an_invalid_project_member_is_an_error(text: str, message: str) -> None:
    assert f"rhythmconf.yaml:{message}".removesuffix(":") in complaint(text) or message in complaint(text)
    assert complaint(text).startswith("rhythmconf.yaml:")


AUTH = "auth: {domain: d.example, client_id: c, client_secret: s}"


@pytest.mark.parametrize(("members", "message"), [
    ("tenant: 7", "tenant must be a text"),
    ("tenant: '  '", "tenant must be a text"),
    ("tenant: x, protected: yes", "protected must be true or false"),
    ("tenant: x, protectd: true", "an environment has no member 'protectd' | did you mean 'protected'?"),
    ("tenant: x, base_url: 'http://api.example'", "base_url uses http, which is for loopback addresses only"),
    ("tenant: x, base_url: 3", "base_url must be a text"),
    ("tenant: x, embedded: ../x.db", "embedded must be a path inside the project"),
    ("tenant: x, embedded: 5", "embedded must be a path inside the project"),
    ("tenant: x, embedded: {file: ../x.db}", "file must be a path inside the project"),
    ("tenant: x, embedded: {people: 5}", "embedded needs the member 'file'"),
    ("tenant: x, embedded: {file: x.db, persons: 5}", "embedded has no member 'persons'"),
    ("tenant: x, embedded: {file: x.db, people: -1}", "people must be a whole number from 0 to 200000"),
    ("tenant: x, embedded: {file: x.db, seed: a}", "seed must be a whole number"),
    ("tenant: x, state: shared", "must be local, git, {git: REMOTE} or {bucket: URL}"),
    ("tenant: x, state: {}", "must be local, git, {git: REMOTE} or {bucket: URL}"),
    ("tenant: x, state: {git: a, bucket: 's3://b'}", "must be local, git, {git: REMOTE} or {bucket: URL}"),
    ("tenant: x, state: {bucket: 's3://key:secret@b/p'}", "must be s3://BUCKET/PREFIX, gs://"),
    ("tenant: x, state: {bucket: 's3://b/../p'}", "must be s3://BUCKET/PREFIX, gs://"),
    ("tenant: x, embedded: x.db, state: {bucket: 's3://b/p'}", "an embedded tenant is a file of this computer"),
    ("tenant: x, state: {git: --upload-pack=x}", "must be the name of a git remote"),
    ("tenant: x, embedded: x.db, state: git", "an embedded tenant is a file of this computer"),
    ("tenant: x, embedded: {file: .git/x.db}", "embedded must not be a file of git"),
    ("tenant: x, embedded: {file: x.db}, base_url: 'https://api.example'", "embedded or has a base_url, not both"),
    ("tenant: x, embedded: x.db, base_url: 'https://api.example'", "embedded or has a base_url, not both"),
    ("tenant: x, max_plan_age: soon", "max_plan_age must be a length of time such as '7 days' or '12h'"),
    ("tenant: x, ca_file: []", "ca_file must be a text"),
    ("tenant: x, auth: secret", "auth must be a mapping"),
    ("tenant: x, auth: {}", "auth needs domain, client_id and client_secret, or token_command"),
    ("tenant: x, auth: {domain: d.example, client_id: c}", "auth needs domain, client_id and client_secret"),
    ("tenant: x, auth: {domain: 'https://d.example', client_id: c, client_secret: s}", "domain "),
    ("tenant: x, auth: {domain: 'http://d.example', client_id: c, client_secret: s}", "loopback addresses only"),
    ("tenant: x, auth: {token_command: t, domain: d.example}", "auth has token_command or domain, not both"),
    ("tenant: x, auth: {token_command: t, max_mints_per_day: -1}", "max_mints_per_day must be a whole number"),
    ("tenant: x, auth: {token_command: t, max_mints_per_day: true}", "max_mints_per_day must be a whole number"),
    ("tenant: x, auth: {token_comand: t}", "auth has no member 'token_comand' | did you mean 'token_command'?"),
    ("tenant: x, dialect: values", "dialect must be a mapping"),
    ("tenant: x, dialect: {gard: values}", "dialect has no member 'gard' | did you mean 'guard'?"),
    ("tenant: x, dialect: {guard: value}", "guard must be one of values, version, read; did you mean 'values'?"),
    ("tenant: x, dialect: {guard: 1}", "guard must be one of values, version, read |"),
    ("tenant: x, dialect: {list_lag_s: -1}", "list_lag_s must be a number of seconds between 0 and 600"),
    ("tenant: x, dialect: {list_lag_s: 5 s}", "list_lag_s must be a number of seconds between 0 and 600"),
    ("tenant: x, dialect: {list_lag_s: true}", "list_lag_s must be a number of seconds between 0 and 600"),
])  # fmt: skip
def test_an_invalid_environment_member_is_an_error(members: str, message: str) -> None:
    text = complaint(project("environments:", f"  a: {{{members}}}"))
    assert text.startswith("rhythmconf.yaml:5:")
    assert message in text


def test_every_mistake_is_reported_in_the_order_of_the_text() -> None:
    text = "version: 3\nproject: P\nsources: []\nenvironments:\n  a: {tenant: 1, x: 2}\n"
    assert [line.split(": ")[0] for line in complaint(text).split("\n")] == [
        "rhythmconf.yaml:1:10", "rhythmconf.yaml:2:10", "rhythmconf.yaml:3:10", "rhythmconf.yaml:5:15",
        "rhythmconf.yaml:5:18",
    ]  # fmt: skip


DIALECTS = [(name, word) for name, words in Dialect.choices() for word in words]


@pytest.mark.parametrize(("name", "word"), DIALECTS)
def test_every_value_of_the_dialect_is_accepted(name: str, word: str) -> None:
    settings = read(project("environments:", f"  a: {{tenant: x, dialect: {{{name}: {word}}}}}"))
    assert settings.environment().dialect == Dialect(**{name: word})  # type: ignore[arg-type]


def test_the_first_value_of_the_dialect_is_the_default() -> None:
    assert all(getattr(Dialect(), name) == words[0] for name, words in Dialect.choices() if words)
    assert sum(1 for _ in Dialect.choices()) == 14


@pytest.mark.parametrize(("written", "length"), [
    ("7 days", 7), ("1 day", 1), ("12h", 0.5), ("36 Hours", 1.5), ("2w", 14), ("1 week", 7), ("1.5d", 1.5), ("3", 3),
    (5, 5), (0.25, 0.25), ("0 days", None), (0, None), (-1, None), ("-1 day", None), ("days", None), ("7 dogs", None),
    (True, None), (None, None), ([], None),
])  # fmt: skip
def test_durations_are_parsed(written: str | float | None, length: float | None) -> None:
    assert parse_days(written) == length


@pytest.mark.parametrize(("requires", "version", "good"), [
    (">=0.1", "0.1.0", True), (">=0.1", "0.2", True), (">=0.2", "0.1.9", False), ("<1,>=0.1", "0.9", True),
    ("<1,>=0.1", "1.0", False), ("==1.0", "1.0.0", True), ("!=1.0", "1", False), (">1", "1.0.1", True),
    ("<=1.2", "1.10", False), (">=1", "1.0.dev3", True), ("~=1", "1", False), ("", "1", False),
])  # fmt: skip
def test_requires_is_checked_against_the_version(requires: str, version: str, good: bool) -> None:
    assert (requires_problem(requires, version) == "") == good


@pytest.mark.parametrize("url", [
    "https://{module}.api.rhythmsoftware.com", "https://api.example:8443/v1/{module}/", "http://127.0.0.1:1/{module}",
    "http://localhost/{module}", "http://[::1]:80", "http://127.9.9.9",
])  # fmt: skip
def test_valid_base_urls_are_accepted(url: str) -> None:
    assert url_problem(url) == ""


@pytest.mark.parametrize("url", [
    "", "api.example", "https://", "https:///x", "ftp://api.example", "http://api.example", "http://0.0.0.0",
    "http://127.0.0.1.example", "http://10.0.0.1", "http://[::2]", "https://u@api.example", "https://u:p@api.example",
    "https://@api.example", "https://api.example?x", "https://api.example?", "https://api.example#x",
    "https://api.example#", "https://api.example/ x", "https://api.example\n", "https://api.example\\@evil.example",
    "https://api.example:port", "https://[api.example", "https://{tenant}.example", "https://api.example/{x}",
    "https://api.example/%7Bmodule%7D", "javascript:alert(1)", "//api.example",
])  # fmt: skip
def test_invalid_base_urls_are_refused(url: str) -> None:
    assert url_problem(url)


def test_auth_domains_are_checked() -> None:
    for good in ("hisp.us.auth0.com", "http://127.0.0.1:8080", "http://localhost:1/", "d.example:8443"):
        assert domain_problem(good) == ""
    for bad in ("https://d.example", "d.example/x", "http://d.example", "u@d.example", "{module}.example", "a b",
                "http://127.0.0.1:1/x", "d.example?x", ""):  # fmt: skip
        assert domain_problem(bad)


def test_folders_come_from_environment_variables() -> None:
    environ = {"XDG_STATE_HOME": "/state", "XDG_CACHE_HOME": "/cache"}
    assert read(environ=environ).state_dir == Path("/state/rhythmconf")
    assert read(environ=environ).cache_dir == Path("/cache/rhythmconf")
    assert read(environ={**environ, "RHYTHMCONF_STATE_DIR": "/runs"}).state_dir == Path("/runs")
    assert read(environ={"XDG_STATE_HOME": "relative"}).state_dir == Path("/home/x/.local/state/rhythmconf")
    assert read(environ={"HOME": ""}).state_dir == Path.home() / ".local/state/rhythmconf"


@pytest.mark.parametrize("folder", ["state", "./state", "../p/state", "a/b", ".", "..", "state/"])
def test_a_relative_state_folder_is_below_the_project(folder: str) -> None:
    assert read(environ={"RHYTHMCONF_STATE_DIR": folder}).state_dir == read().root / folder


@pytest.mark.parametrize(("folder", "rest"), [("~", ""), ("~/", ""), ("~/runs", "runs"), ("~//runs", "runs")])
def test_a_tilde_is_the_home_folder(folder: str, rest: str) -> None:
    environ = {"RHYTHMCONF_STATE_DIR": folder, "XDG_CACHE_HOME": folder, "HOME": "/home/x"}
    assert read(environ=environ).state_dir == Path("/home/x") / rest
    assert read(environ=environ).cache_dir == Path("/home/x") / rest / "rhythmconf"
    xdg = {"XDG_STATE_HOME": folder, "HOME": "/home/x"}
    assert read(environ=xdg).state_dir == Path("/home/x") / rest / "rhythmconf"


@pytest.mark.parametrize("name", ["RHYTHMCONF_STATE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"])
def test_a_folder_of_an_unknown_user_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(environ={name: "~no-such-user-here/runs"})
    assert caught.value.where == name
    assert "'no-such-user-here'" in caught.value.message


@pytest.mark.parametrize("home", ["home", "./x", "~"])
def test_a_relative_home_folder_is_refused(home: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(environ={"HOME": home})
    assert caught.value.where == "HOME"
    environ = {"HOME": home, "RHYTHMCONF_STATE_DIR": "/runs", "XDG_CACHE_HOME": "/cache"}
    assert read(environ=environ).state_dir == Path("/runs")


def test_settings_have_an_origin() -> None:
    origins = read().origins
    assert origins["project"] == "rhythmconf.yaml:3"
    assert origins["default_environment"] == "rhythmconf.yaml:7"
    assert origins["state_dir"] == "default"
    assert origins["environments.local.embedded"] == "rhythmconf.yaml:11"
    assert origins["environments.local.base_url"] == "default"
    assert origins["environments.sandbox.auth.client_id"] == "rhythmconf.yaml:14"
    assert origins["environments.production.dialect.guard"] == "rhythmconf.yaml:20"
    assert origins["environments.production.dialect.list"] == "default"


def test_an_embedded_tenant_may_have_people() -> None:
    settings = read(
        project("environments:", "  a:", "    tenant: x", "    embedded:", "      file: x.db", "      people: 30")
    )
    made = settings.environment()
    assert (made.embedded, made.people, made.seed, made.address) == ("x.db", 30, 0, "embedded:x.db")
    assert settings.origins["environments.a.people"] == "rhythmconf.yaml:9"
    assert settings.origins["environments.a.embedded"] == "rhythmconf.yaml:8"


def test_settings_outside_the_file_have_an_origin() -> None:
    environ = {"RHYTHMCONF_ENV": "sandbox", "RHYTHMCONF_TOKEN": "t", "RHYTHMCONF_BASE_URL": "https://x.example",
               "RHYTHMCONF_STATE_DIR": "/runs", "RHYTHMCONF_PLAN_KEY": "k"}  # fmt: skip
    origins = read(environ=environ).origins
    assert origins["default_environment"] == "variable RHYTHMCONF_ENV"
    assert origins["state_dir"] == "variable RHYTHMCONF_STATE_DIR"
    assert origins["plan_key"] == "variable RHYTHMCONF_PLAN_KEY"
    assert origins["environments.sandbox.token"] == "variable RHYTHMCONF_TOKEN"
    assert origins["environments.local.base_url"] == "variable RHYTHMCONF_BASE_URL"
    assert "environments.local.embedded" not in origins
    assert "environments.sandbox.auth.client_id" not in origins
    assert read(environ=environ, env="local").origins["default_environment"] == "flag --env"


def test_no_printed_form_holds_a_secret() -> None:
    environ = {**SANDBOX, "RHYTHMCONF_TOKEN": "hush-token", "RHYTHMCONF_PLAN_KEY": "hush-key"}
    settings = read(environ=environ)
    assert settings.plan_key == Secret("hush-key")
    shown = f"{settings} {settings!r} {settings.environment('sandbox')} {settings.origins}"
    shown += str(read(environ=SANDBOX).environment("sandbox"))
    assert "hush" not in shown
    assert "***" in shown


def test_a_secret_is_shown_only_by_reveal() -> None:
    secret = Secret("hush")
    assert (str(secret), repr(secret), f"{secret}", secret.reveal()) == ("***", "Secret(***)", "***", "hush")
    assert secret == Secret("hush")
    assert secret != Secret("other")
    assert secret != "hush"
    assert len({secret, Secret("hush")}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_project_file_is_found_in_parent_folders(tmp_path: Path) -> None:
    (tmp_path / "rhythmconf.yaml").touch()
    deep = tmp_path / "config" / "notices"
    deep.mkdir(parents=True)
    assert find_project_file(deep) == find_project_file(tmp_path) == tmp_path / "rhythmconf.yaml"


@pytest.mark.parametrize("end", ["repository", "home"])
def test_the_search_for_the_project_file_ends(tmp_path: Path, end: str) -> None:
    (tmp_path / "rhythmconf.yaml").touch()
    border = tmp_path / "border"
    start = border / "a" / "b"
    start.mkdir(parents=True)
    if end == "repository":
        (border / ".git").touch()
    with pytest.raises(SettingsError) as caught:
        find_project_file(start, home=border if end == "home" else None)
    assert f"Searched: {start}, {border / 'a'}, {border}." in caught.value.message
    border_is = "the root of the git repository" if end == "repository" else "your home folder"
    assert str(caught.value.help) == (
        f"There is one in {tmp_path}, but the search ends at {border_is}: name that folder with `-C {tmp_path}`."
    )


def test_a_project_in_a_folder_here_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        find_project_file(tmp_path, home=tmp_path)
    assert "rhythmconf init" in str(caught.value.help)
    for name in ("b b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rhythmconf.yaml").touch()
    with pytest.raises(SettingsError) as caught:
        find_project_file(tmp_path, home=tmp_path)
    assert "`-C a` or `-C 'b b'`" in str(caught.value.help)


def test_a_search_that_begins_at_the_root_ends() -> None:
    with pytest.raises(SettingsError, match=r"Searched: /\."):
        find_project_file(Path("/"), home=Path("/home/nobody"))


@pytest.mark.parametrize(("value", "words"), [
    (" t", "begins with a blank"), ("t ", "ends with a blank"), ("t\\n", "ends with a line break"),
    ("t\\tt", "contains a line break or another control character"),
])  # fmt: skip
def test_a_blank_around_a_tenant_is_named(value: str, words: str) -> None:
    text = project("environments:", f'  a: {{tenant: "{value}"}}')
    assert complaint(text).startswith(f"rhythmconf.yaml:5:15: tenant {words}")
