"""One running system for all tests of this folder, and a merchant of its own for each test."""

import pytest

from stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    # The watch runs once at the start; afterwards runs are the tests' own.
    stack = Stack(tmp_path_factory.mktemp("stack"), {"RECONCILIATION_INTERVAL_SECONDS": "3600"})
    stack.up()
    yield stack
    stack.down()


@pytest.fixture(autouse=True)
def sdk(stack):
    """The SDK talks to the system of all tests, whatever another test started beside it."""
    stack.point_sdk()


@pytest.fixture
def merchant(stack):
    return stack.demo_merchant()


@pytest.fixture
def other_merchant(stack):
    return stack.demo_merchant()
