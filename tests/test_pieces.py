"""Kernels that fall into pieces, activations that coincide, and what is told of them."""

import pytest
import torch

from sametask.base.errors import DataError
from sametask.config.sections.stage_sections import Diffusion
from sametask.diffusion.bandwidth import distinct, knn_bandwidth, slope_bandwidth
from sametask.diffusion.embedding import embed, euclidean_coordinates
from sametask.diffusion.kernel import leading_eigenpairs
from sametask.matching.candidates import Shared
from sametask.matching.match import match
from sametask.matching.study import Probed, Rows, judge_choice
from sametask.statistics.distances import exact_distances

SETTINGS = {"coordinates": 3, "bandwidth": "knn", "neighbour": 2, "selection": "leading"}
RANK = 1


def squared(points):
    return exact_distances(points, points) ** 2


def clusters(*sizes, apart=100.0):
    parts = [apart * place + torch.arange(size) / size for place, size in enumerate(sizes)]
    return torch.cat(parts).double()[:, None]


@pytest.mark.parametrize(
    ("bandwidth", "change"),
    [("knn", "raise diffusion.neighbour from 2"),
     (0.01, "raise diffusion.bandwidth from 0.01"),
     ("slope", "set diffusion.bandwidth: knn")],
)  # fmt: skip
def test_pieces_are_counted_and_what_to_change_is_told(bandwidth, change):
    distances = squared(clusters(30, 20, 10, apart=1e9))
    if bandwidth == "slope":
        # The steepest point of such a sum lies within the pieces, or between them.
        distances = squared(clusters(30, 20, 10, apart=1e4))
    with pytest.raises(DataError) as told:
        embed(distances, **{**SETTINGS, "bandwidth": bandwidth}, rank=RANK)
    assert "falls into 3 pieces of 30, 20, 10 samples" in str(told.value)
    assert change in str(told.value) and len(str(told.value)) < 300


@pytest.mark.parametrize("sizes", [(59, 1), (12,) * 7])
def test_single_samples_and_many_pieces(sizes):
    with pytest.raises(DataError, match=f"falls into {len(sizes)} pieces of {sizes[0]}, "):
        embed(squared(clusters(*sizes)), **SETTINGS, rank=RANK)


def test_pieces_that_are_joined_by_round_off_alone_are_pieces():
    # One link of e^-34: an eigenvalue of 1 - 1e-16.
    points = clusters(40, 40, apart=1.0)
    points[40:] += 34**0.5 * 0.05 - 1 / 40
    with pytest.raises(DataError, match="falls into 2 pieces of 40, 40 samples"):
        embed(squared(points), **{**SETTINGS, "bandwidth": 0.05**2}, rank=RANK)


def test_a_weak_link_that_decides_is_no_piece():
    points = clusters(40, 40, apart=1.0)
    points[40:] += 10**0.5 * 0.05 - 1 / 40
    found = embed(squared(points), **{**SETTINGS, "bandwidth": 0.05**2}, rank=RANK)
    # The first coordinate tells the two clusters apart.
    assert (found.eigenvectors[:40, 0] * found.eigenvectors[40:, 0] < 0).all()
    assert 1e-10 < 1 - found.eigenvalues[0] < 1e-3


@pytest.mark.parametrize("noise", [0.0, 1e-14])
@pytest.mark.parametrize("copies", [2, 4])
def test_repeated_samples_change_no_bandwidth(copies, noise):
    points = torch.linspace(0, 1, 50, dtype=torch.float64)[:, None]
    repeated = torch.cat([points + noise * copy for copy in range(copies)])
    assert len(distinct(squared(repeated))) == 50
    assert knn_bandwidth(squared(repeated), 2) == pytest.approx(knn_bandwidth(squared(points), 2))
    once, often = (
        embed(squared(one), **SETTINGS, rank=RANK).eigenvectors for one in (points, repeated)
    )
    for copy in range(copies):
        part = often[50 * copy : 50 * copy + 50]
        torch.testing.assert_close(part.abs(), once.abs(), atol=1e-6, rtol=0)


def test_activations_that_coincide_are_said_to():
    same = torch.zeros(9, 9).double()
    for rule in (lambda: knn_bandwidth(same, 2), lambda: slope_bandwidth(same)):
        with pytest.raises(DataError, match=r"activations of .*coincide"):
            rule()


def test_euclidean_coordinates_may_fall_apart():
    found = euclidean_coordinates(clusters(30, 20, 10), 3, "knn", 2, "leading", RANK)
    assert found.isfinite().all()
    found = euclidean_coordinates(clusters(30, 20, 10), 2, "knn", 2, "non-harmonic", RANK)
    assert found.isfinite().all()


def test_half_the_samples_at_one_place_have_directions():
    points = torch.cat([torch.zeros(40), torch.linspace(0, 1, 30)]).double()[:, None]
    settings = {**SETTINGS, "coordinates": 1, "selection": "non-harmonic"}
    found = embed(squared(points), **settings, rank=RANK)
    assert found.eigenvectors.isfinite().all()


def probed(activations):
    rows = Rows(activations, activations, torch.ones(len(activations), 1, 1).double())
    part = torch.arange(10)
    return Probed(rows, rows[part], activations, activations, 1.0)


def test_a_study_calls_it_not_found():
    whole, torn = probed(clusters(60)), probed(clusters(30, 30))
    networks = {"a": whole, "b": torn}
    found = judge_choice(networks, torch.arange(5), Diffusion(**SETTINGS), 0.5)
    assert not found["found"] and found["confidence"] == 0
    assert all(name != "intrinsic" for name, _ in found["errors"])


def test_a_match_without_splines_is_not_found(monkeypatch):
    def fail(*_):
        raise DataError("samples coincide")

    monkeypatch.setattr("sametask.matching.match.candidates", fail)
    _, own = probed(clusters(60)).embedded(torch.arange(5), Diffusion(**SETTINGS))
    rows = torch.arange(5)
    assert match(own, own, Shared(rows, rows), 0.5).reasons == ["samples coincide"]


def test_the_spectrum_of_a_whole_kernel_begins_below_one():
    values, _ = leading_eigenpairs(squared(clusters(200)), 1 / 200**2, 3)
    assert 1 - values[0] > 1e-6
