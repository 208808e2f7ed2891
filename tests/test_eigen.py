"""Eigenpairs where the fast algorithm does not converge."""

import pytest
import torch

from sametask.statistics.eigen import eigenpairs


@pytest.fixture
def matrices():
    rows = torch.randn(2, 30, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return rows.mT @ rows


def test_what_does_not_converge_is_computed_otherwise(matrices, monkeypatch):
    expected = torch.linalg.eigh(matrices)

    def fails(_):
        raise torch.linalg.LinAlgError("failed to converge")

    monkeypatch.setattr(torch.linalg, "eigh", fails)
    values, vectors = eigenpairs(matrices)
    torch.testing.assert_close(values, expected.eigenvalues)
    torch.testing.assert_close(vectors @ torch.diag_embed(values) @ vectors.mT, matrices)
    with pytest.raises(torch.linalg.LinAlgError):
        eigenpairs(torch.full((2, 2), torch.nan))
