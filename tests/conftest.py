"""What all tests share: fixed hypothesis settings, and no skip where everything is required."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# A busy machine may take long over one example; what a test must not do is take for ever.
settings.register_profile("slu", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("slu")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under SLU_REQUIRE_ALL=1 (as in CI) a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("SLU_REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, though SLU_REQUIRE_ALL=1: {report.longrepr}"
    return report
