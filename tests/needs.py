"""What a test needs of other libraries. Where one is missing the test is skipped, visibly."""

import pytest


def need(module):
    return pytest.importorskip(module, reason=f"{module.split('.')[0]} is not installed")
