"""The checks of `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from rhythmconf.errors import AuthError
from rhythmconf.settings import Auth, Environment, Secret
from rhythmconf.tenant.client import mints_this_month, token_source
from rhythmconf.tenant.doctor.checks import check_token
from tests.support.ticking import Ticking

ENVIRONMENT = Environment("sandbox", "hisp", auth=Auth("hisp.us.auth0.com", "client", Secret("hush")))


def get_token() -> str:
    return "token"


def count_minted() -> int:
    return 1


def fail() -> str:
    raise AuthError("No.", help="Do this.")


def fail_to_count() -> int:
    raise AuthError("No.", help="Do this.")


@pytest.mark.parametrize(("get", "count"), [(fail, count_minted), (get_token, fail_to_count)])
def test_an_error_is_a_failed_check(get: Callable[[], str], count: Callable[[], int]) -> None:
    check = check_token(ENVIRONMENT, get, count)
    assert (check.ok, check.message, check.help, check.exit_code) == (False, "No.", "Do this.", 4)


def test_the_count_includes_a_token_that_the_check_requests(tmp_path: Path) -> None:
    clock = Ticking().clock
    issuer = httpx.MockTransport(lambda _: httpx.Response(200, json={"access_token": "one", "expires_in": 86_400}))
    source = token_source(ENVIRONMENT, tmp_path, clock, {}, issuer)
    check = check_token(ENVIRONMENT, source.token, lambda: mints_this_month(tmp_path, clock.now()))
    assert check.message.endswith("; 1 token requested on this computer this month")
