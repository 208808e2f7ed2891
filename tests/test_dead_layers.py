"""Layers that hardly react, samples at which nothing responds, values that are huge or tiny."""

import pytest
import torch
from workflow_helpers import TINY

from sametask.base.errors import ConfigError, DataError
from sametask.check import check_experiment
from sametask.config import Experiment, Verdict
from sametask.diffusion.embedding import embed
from sametask.geometry.covariance import (
    centred,
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
)
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.geometry.rank import choose_rank
from sametask.statistics.variance import resamples
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide
from sametask.verdict.layers.local_directions import Reactions, compare_locally, local_scores

SIGMA, COUNT = 0.005, 60
SETTINGS = Verdict(resamples=99)


@pytest.fixture
def around(generator):
    """Neighbourhoods (N, 32, d) of inputs (N, d)."""

    def draw(inputs, sigma=SIGMA):
        noise = torch.randn(len(inputs), 32, inputs.shape[1], generator=generator).double()
        return inputs[:, None] + sigma * noise

    return draw


def relu(dead):
    """A neuron on [0, 1] that is silent at ``dead`` of 60 evenly spread samples."""
    kink = (dead - 0.5) / (COUNT - 1)
    weight = torch.tensor([[3.0, -1.0, 0.5]]).double()
    return lambda x: (x - kink).clamp_min(0) @ weight


def line():
    return torch.linspace(0, 1, COUNT, dtype=torch.float64)[:, None]


def distances_of(layer, perturbations, inputs):
    values, vectors = covariance_spectrum(layer(perturbations))
    rank = choose_rank(*linear_response(layer(perturbations), perturbations - inputs[:, None]))
    assert rank == 1
    return mahalanobis_distances(layer(inputs), whitening(values, vectors, rank), SIGMA)


@pytest.mark.parametrize("dead", [20, 40, 50])
def test_dead_samples_are_where_the_others_see_them(around, dead):
    inputs = line()
    found = distances_of(relu(dead), around(inputs), inputs)
    assert found.isfinite().all()
    assert (found[: dead - 1, : dead - 1] == 0).all()
    # The layer keeps the place along the line up to the kink, and nothing behind it.
    kept = inputs.clamp_min((dead - 0.5) / (COUNT - 1))
    true = (kept - kept.mT).square()
    alive = slice(dead + 2, None)
    torch.testing.assert_close(found[alive, alive], true[alive, alive], rtol=1.0, atol=0)
    torch.testing.assert_close(found[alive, 0], true[alive, 0], rtol=0.5, atol=0)


def test_coordinates_of_a_half_dead_layer_follow_the_line(around):
    inputs = line()
    found = embed(distances_of(relu(40), around(inputs), inputs), 3, "knn", 2, "leading", rank=1)
    first = found.eigenvectors[:, 0]
    assert first.isfinite().all()
    assert first[:39].diff().abs().max() < 1e-9
    alive = first[42:] * first[59].sign()
    assert (alive.diff() > 0).all() and alive[0] > first[0] * first[59].sign()


def test_one_sample_that_responds_is_told_that_activations_coincide(around):
    inputs = line()
    layer = relu(59)
    values, vectors = jacobian_spectrum(torch.eye(60, dtype=torch.float64)[59][:, None, None], 0.1)
    found = mahalanobis_distances(layer(inputs)[:, :1], whitening(values, vectors, 1), 0.1)
    assert found.isfinite().all()
    with pytest.raises(DataError, match="activations of 60 samples coincide at 2 places"):
        embed(found, 1, "knn", 2, "leading", rank=1)


def test_a_local_direction_without_response_has_the_weight_of_the_leading_one():
    derivatives = torch.zeros(3, 4, 2).double()
    derivatives[:2, 0, 0], derivatives[0, 1, 1] = 2.0, 1.0
    frames = whitening(*jacobian_spectrum(derivatives, 1.0), 2)
    weights = frames.square().sum(dim=1)
    # Both respond; one does; none does, which is as far away as a typical sample's direction.
    expected = torch.tensor([[0.25, 1.0], [0.25, 0.25], [0.25, 0.25]]).double()
    torch.testing.assert_close(weights, expected)


def test_neurons_that_fire_once_disturb_nobody_else(around):
    inputs = line()
    perturbations = around(inputs)

    def layer(x):
        spikes = [(0.01 - (x - place).abs()).clamp_min(0) for place in (0.2, 0.5, 0.8)]
        return torch.cat([x, *spikes], dim=-1)

    found = distances_of(layer, perturbations, inputs)
    assert found.isfinite().all()
    others = [row for row in range(COUNT) if layer(inputs)[row, 1:].sum() == 0]
    true = (inputs - inputs.mT).square()[others][:, others]
    torch.testing.assert_close(found[others][:, others], true, rtol=1.5, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_round_off_is_no_reaction(generator, dtype):
    constant = torch.full((5, 30, 2), 0.3).to(dtype)
    flicker = torch.randint(-1, 2, constant.shape, generator=generator)
    still = constant * (1 + flicker.to(dtype) * torch.finfo(dtype).eps)
    assert (centred(still) == 0).all()
    assert (local_scores(still)[0] == 0).all()
    with pytest.raises(DataError, match="no measured neuron reacts"):
        whitening(*covariance_spectrum(still), 1)


def test_half_dead_layers_are_compared_where_they_live(generator, around):
    inputs = torch.cat([line(), torch.rand(80, 1, generator=generator).double()])
    cloud = around(inputs[:COUNT])
    dead, other, whole = (
        Layer(f(inputs[:COUNT]), f(inputs[COUNT:]), f(cloud))
        for f in (relu(40), lambda x: relu(40)(x).sinh(), lambda x: torch.cat([x, x**2], -1))
    )
    draws = resamples(99, 80, 0)
    same = gather(dead, other, draws, SETTINGS)
    assert same.local.dimension == {"a": 1, "b": 1, "joint": 1}
    assert same.local.smallest.median() > 0.99
    assert decide(same, SETTINGS) == "equivalent"
    # A layer that keeps everything determines the half-dead one, and not the other way round.
    one_way = gather(whole, dead, draws, SETTINGS)
    assert one_way.local.adds == {"a_to_b": 0, "b_to_a": 1}
    assert decide(one_way, SETTINGS) == "a_determines_b"


def test_where_no_layer_reacts_both_agree(around):
    silent = Reactions.of([torch.zeros(7, 32, 2).double()])
    found = compare_locally(
        silent, silent, SETTINGS.share, SETTINGS.source_share, SETTINGS.correlation
    )
    assert (found.correlations == 1).all() and found.smallest.isfinite().all()


@pytest.mark.parametrize("size", [1e160, torch.inf, torch.nan])
def test_what_cannot_be_squared_is_refused(generator, size):
    layer = size * torch.rand(6, 8, 2, generator=generator).double()
    for use in (
        centred,
        covariance_spectrum,
        local_scores,
        lambda one: jacobian_spectrum(one, 1.0),
        lambda one: mahalanobis_distances(one[0], one[:, :2].mT, 1.0),
    ):
        with pytest.raises(DataError, match="squares overflow"):
            use(layer)


def test_what_vanishes_when_squared_is_refused(generator):
    tiny = 1e-170 * torch.rand(30, 2, generator=generator).double()
    with pytest.raises(DataError, match="squares vanish"):
        mahalanobis_distances(tiny, tiny[:, :, None], 1.0)
    layer = Layer(tiny, tiny, tiny[:, None].expand(-1, 8, -1))
    with pytest.raises(DataError, match="squares vanish"):
        gather(layer, layer, resamples(99, 30, 0), SETTINGS)


def test_perturbations_that_are_lost_are_told(generator):
    perturbations = torch.rand(4, 9, 3, generator=generator).double()
    for lost in (torch.zeros(4, 9, 2).double(), torch.full((4, 9, 2), torch.inf).double()):
        with pytest.raises(DataError, match="perturbations do not vary along all 2 input axes"):
            response_slopes(perturbations, lost)


def test_a_delta_that_moves_no_input_is_told_by_the_check():
    content = TINY | {"perturbations": {"count": 16, "delta": 0.1}}
    asked = Experiment.model_validate(content)
    lost = asked.perturbations.model_copy(update={"delta": 1e-20})
    with pytest.raises(ConfigError, match=r"perturbations.delta: .*is lost in"):
        check_experiment("tiny", asked.model_copy(update={"perturbations": lost}))


def test_fewer_than_four_neighbours_say_nothing_of_a_direction(generator):
    with pytest.raises(DataError, match=r"perturbations.count: 3 perturbations.*at least 4"):
        local_scores(torch.rand(5, 3, 2, generator=generator).double())
