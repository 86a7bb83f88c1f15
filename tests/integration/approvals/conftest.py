"""A bureau on a fresh database."""

from __future__ import annotations

import pytest

from orchestrator.store.database import Database
from tests.integration.approvals.bureau import Bureau, Cashier


@pytest.fixture
def cashier() -> Cashier:
    return Cashier()


@pytest.fixture
def bureau(database: Database, cashier: Cashier) -> Bureau:
    return Bureau(database, cashier)
