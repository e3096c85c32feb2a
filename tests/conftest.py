"""Options, markers and fixtures for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.buckets import Bucket, serve_bucket

# No test may depend on how fast a machine is. The examples of a property are the same every day, so that a change is
# never refused for a fault that it didn't make; `--full` looks for new ones.
settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", settings.get_profile("random"), derandomize=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run every case, not a sample")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("random" if config.getoption("--full") else "fixed")
    # Background jobs of a shell ignore SIGINT, those of nohup SIGHUP, and children inherit that: tests that send one
    # would wait for ever, or for another end than they test.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    config.addinivalue_line("markers", "heavy: needs tools beside Python; runs where RHYTHMCONF_HEAVY is set")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect heavy checks unless they were asked for. They are not skipped: a skip is a check that could not run."""
    if not os.environ.get("RHYTHMCONF_HEAVY"):
        left = [item for item in items if item.get_closest_marker("heavy")]
        items[:] = [item for item in items if not item.get_closest_marker("heavy")]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Serve a bucket for all tests that need one."""
    with serve_bucket(tmp_path_factory.mktemp("bucket")) as bucket:
        yield bucket


@pytest.fixture
def bucket(object_store: Bucket, tmp_path: Path) -> Iterator[Bucket]:
    """Return a bucket with a prefix that is new."""
    yield object_store._replace(prefix=tmp_path.name)
    object_store.go()


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Return whether the full counts were asked for (`scripts/test --full`)."""
    return bool(request.config.getoption("--full"))
