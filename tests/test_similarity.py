"""Similarity scores: what they do not see, and where they end."""

import pytest
import torch

from sametask.statistics.similarity import SIMILARITIES


@pytest.fixture
def layer(generator):
    return torch.randn(80, 4, generator=generator).double()


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_rotation_an_offset_and_a_scale_change_nothing(name, layer, generator):
    rotation = torch.linalg.qr(torch.randn(4, 4, generator=generator).double()).Q
    assert SIMILARITIES[name](layer, 3 * layer @ rotation + 5) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_unrelated_layers_score_far_below_noisy_copies(name, layer, generator):
    score = SIMILARITIES[name]
    unrelated = score(layer, torch.randn(80, 4, generator=generator).double())
    noisy = score(layer, layer + 0.1 * torch.randn(80, 4, generator=generator).double())
    assert unrelated < 0.35 < 0.8 < noisy
    assert score(layer, layer[:, :3]) == pytest.approx(score(layer[:, :3], layer))


def test_scores_against_hand_made_cases():
    """Two orthogonal columns: of both, the one that is shared has this part."""
    one = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]).double()
    assert SIMILARITIES["linear CKA"](one, one[:, :1]) == pytest.approx(1 / 2**0.5)
    assert SIMILARITIES["Procrustes"](one, one[:, :1]) == pytest.approx(1 / 2**0.5)
    assert SIMILARITIES["linear CKA"](one[:, 1:], one[:, :1]) == pytest.approx(0)
