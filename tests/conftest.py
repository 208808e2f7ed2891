"""Shared pieces: everything random in the tests is seeded here."""

import pytest
import torch


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(20261121)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
