"""Local geometry of layers with more neurons than perturbations: accurate, and in little memory."""

import numpy as np
import pytest
import torch

from sametask.config.sections.sample_sections import Perturbations
from sametask.geometry.covariance import (
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
    response_spectrum,
)
from sametask.geometry.local import local_geometry
from sametask.geometry.metric import ROWS, mahalanobis_distances, whitening
from sametask.geometry.rank import choose_rank
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.storage import chunks, store

WIDE, COUNT, DECADES = 300, 40, 12


@pytest.fixture
def planted(generator):
    """Activations (2, M, m) of known covariance: eigenvalues over 12 decades, eigenvectors."""
    draw = torch.randn(2, COUNT, COUNT, generator=generator).double()
    draw[:, :, 0] = 1
    left = torch.linalg.qr(draw).Q[:, :, 1:]
    directions = torch.linalg.qr(torch.randn(2, WIDE, COUNT - 1, generator=generator).double()).Q
    values = torch.logspace(0, -DECADES, COUNT - 1).double()
    return left * ((COUNT - 1) * values).sqrt() @ directions.mT, values, directions


def test_small_eigenvalues_and_their_directions_are_accurate(planted):
    """The products of perturbations, or of neurons, lose half the digits: errors of 1e-6, 1e-4."""
    activations, expected, directions = planted
    values, vectors = covariance_spectrum(activations)
    assert values.shape == (2, COUNT - 1) and vectors.shape == (2, WIDE, COUNT - 1)
    np.testing.assert_allclose(values, expected.expand(2, -1), rtol=1e-9)
    along = (vectors * directions).sum(dim=1, keepdim=True)
    assert (vectors - along * directions).norm(dim=1).max() < 1e-8
    unit = torch.eye(COUNT - 1).double().expand(2, -1, -1)
    torch.testing.assert_close(vectors.mT @ vectors, unit, rtol=0, atol=1e-13)


def test_the_spectrum_is_that_of_the_covariance_of_all_neurons(generator):
    activations = torch.randn(3, COUNT, WIDE, generator=generator).double()
    values, vectors = covariance_spectrum(activations)
    for sample in range(3):
        expected = np.cov(activations[sample].T)
        rebuilt = vectors[sample] * values[sample] @ vectors[sample].mT
        np.testing.assert_allclose(rebuilt, expected, atol=1e-13)
        np.testing.assert_allclose(values[sample], np.linalg.eigvalsh(expected)[:-COUNT:-1])


@pytest.mark.parametrize("neurons", [COUNT - 1, COUNT, COUNT + 1])
def test_there_is_no_step_where_a_layer_becomes_wide(generator, neurons):
    activations = torch.randn(3, COUNT, neurons, generator=generator).double()
    values, _ = covariance_spectrum(activations)
    expected = torch.linalg.svdvals(activations - activations.mean(1, keepdim=True)).square()
    kept = min(neurons, COUNT - 1)
    np.testing.assert_allclose(values[:, :kept], expected[:, :kept] / (COUNT - 1), rtol=1e-10)


@pytest.mark.parametrize("neurons", [5, WIDE])
def test_only_the_directions_that_are_kept_are_computed(generator, neurons):
    activations = torch.randn(3, COUNT, neurons, generator=generator).double()
    perturbations = torch.randn(3, COUNT, 4, generator=generator).double()
    for estimate in (
        covariance_spectrum,
        lambda x, **kept: jacobian_spectrum(x.mT, 0.1, **kept),
        lambda x, **kept: response_spectrum(x, perturbations, 0.1, **kept)[:2],
    ):
        values, vectors = estimate(activations)
        for kept in (0, 2):
            fewer_values, fewer = estimate(activations, kept=kept)
            torch.testing.assert_close(fewer_values, values, rtol=1e-9, atol=1e-12)
            torch.testing.assert_close(fewer, vectors[:, :, :kept])


def test_the_response_of_a_wide_layer_is_that_of_its_slopes(generator):
    perturbations = 0.1 * torch.randn(3, COUNT, 4, generator=generator).double()
    matrix = torch.randn(4, WIDE, generator=generator).double()
    activations = (perturbations @ matrix).tanh()
    slopes, error = response_slopes(activations, perturbations)
    values, vectors, same = response_spectrum(activations, perturbations, 0.1)
    expected, directions = jacobian_spectrum(slopes, 0.1)
    torch.testing.assert_close(same, error)
    torch.testing.assert_close(values, expected)
    rebuilt, exact = (w * v[:, None] @ w.mT for v, w in ((values, vectors), (expected, directions)))
    torch.testing.assert_close(rebuilt, exact)
    spread = perturbations.var(dim=1, correction=0).mean(dim=1, keepdim=True) / 0.1**2
    response, same = linear_response(activations, perturbations)
    torch.testing.assert_close(response, expected * spread)
    torch.testing.assert_close(same, error)


def test_a_wide_layer_that_is_dead_at_a_sample_has_directions_there(generator):
    activations = torch.randn(3, COUNT, WIDE, generator=generator).double()
    activations[1] = 0.3
    frames = whitening(*covariance_spectrum(activations), 5)
    weights = frames.square().sum(dim=1)
    assert weights.isfinite().all() and (weights[1] == weights[1, 0]).all()
    assert mahalanobis_distances(activations[:, 0], frames, 0.1).isfinite().all()


class ByRows:
    """An array on disk, as a tensor that is read by rows, never many of them."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def __getitem__(self, rows):
        read = self.values[rows]
        assert len(read) <= ROWS
        return read.numpy()


def test_distances_are_computed_from_some_rows_of_the_whitening_at_a_time(generator):
    samples = torch.randn(2 * ROWS + 3, 8, generator=generator).double()
    frames = torch.linalg.qr(torch.randn(len(samples), 8, 3, generator=generator).double()).Q
    expected = mahalanobis_distances(samples, frames, 0.1)
    assert torch.equal(mahalanobis_distances(samples, ByRows(frames), 0.1), expected)


@pytest.fixture
def recorded(tmp_path, generator, monkeypatch):
    """Stores of 30 samples of a wide layer and of a narrow one, in files of a few samples."""
    monkeypatch.setattr(chunks, "SHARD_BYTES", 8 * COUNT * WIDE)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", COUNT * WIDE)
    around = DrawnPerturbations(Perturbations(count=COUNT, delta=0.1), seed=0)
    inputs = torch.rand(30, 2, generator=generator).double()
    drawn = around.around(inputs.numpy(), range(30), inputs.numpy())
    with store.create(tmp_path / "samples", "samples") as writer:
        writer.array("fit/inputs", inputs, ["sample", "axis"])
    layers = {}
    for neurons in (6, WIDE):
        weights = torch.randn(2, neurons, generator=generator).double()
        perturbed, whole = (torch.tanh(torch.as_tensor(x) @ weights) for x in (drawn, inputs))
        with store.create(tmp_path / str(neurons), "activations") as writer:
            writer.array("fit/samples", whole, ["sample", "neuron"])
            writer.array("fit/perturbed", perturbed, ["sample", "perturbation", "neuron"])
            jacobians = (1 - whole**2)[:, :, None] * weights.mT
            writer.array("fit/jacobians", jacobians, ["sample", "neuron", "input"])
        layers[neurons] = store.open_store(tmp_path / str(neurons), "activations"), perturbed
    return layers, store.open_store(tmp_path / "samples", "samples"), around


@pytest.mark.parametrize("source", ["covariance", "response", "jacobian"])
@pytest.mark.parametrize("neurons", [6, WIDE])
def test_a_stored_geometry_is_computed_and_written_block_by_block(
    recorded, tmp_path, neurons, source
):
    layers, drawn, around = recorded
    layer, perturbed = layers[neurons]
    arrays, facts = local_geometry(layer, drawn, around, "auto", source, 0.1)
    assert facts["rank"] == min(neurons, 64, *([COUNT - 1] if source == "covariance" else [2]))
    arrays, facts = local_geometry(layer, drawn, around, 2, source, 0.1)
    blocks = list(arrays["whitening"].blocks)
    assert len(blocks) > 1 or neurons == 6
    with store.create(tmp_path / "geometry", "geometry") as writer:
        for name, values in arrays.items():
            writer.array(name, values, ["sample"])
    written = store.open_store(tmp_path / "geometry", "geometry")
    np.testing.assert_array_equal(written["whitening"], np.concatenate(blocks))
    causes = torch.from_numpy(around.causes(drawn["fit/inputs"], range(30), "fit"))
    whole = {
        "covariance": lambda: covariance_spectrum(perturbed),
        "response": lambda: jacobian_spectrum(response_slopes(perturbed, causes)[0], around.sigma),
        "jacobian": lambda: jacobian_spectrum(
            torch.from_numpy(layer["fit/jacobians"]), around.sigma
        ),
    }[source]()
    expected = whitening(*whole, 2, 0.1)
    precisions = (torch.as_tensor(w) for w in (written["whitening"], expected))
    torch.testing.assert_close(*(w @ w.mT for w in precisions), rtol=1e-7, atol=1e-7)
    assert written["whitening"].shape == (30, neurons, 2)
    distances = mahalanobis_distances(
        torch.from_numpy(layer["fit/samples"]), written.lazy("whitening"), around.sigma
    )
    assert distances.shape == (30, 30)


def test_auto_counts_the_inputs_that_a_wide_layer_responds_to(recorded):
    layers, drawn, around = recorded
    layer, perturbed = layers[WIDE]
    assert local_geometry(layer, drawn, around, "auto", "covariance", 0.0)[1]["rank"] == 2
    causes = torch.from_numpy(around.causes(drawn["fit/inputs"], range(30), "fit"))
    assert choose_rank(*linear_response(perturbed, causes)) == 2
