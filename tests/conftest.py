"""Options and fixtures that every test may use."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# No test may depend on how fast a machine is.
settings.register_profile("rhythmconf", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rhythmconf")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run every case, not a sample")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether all counts were asked for (`scripts/test --full`)."""
    return bool(request.config.getoption("--full"))
