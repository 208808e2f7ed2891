"""Forward passes are as full as ``batch`` allows, and every sample passes once."""

import numpy as np
import pytest
import torch

from sametask.activations.extract import extract_jacobians, extract_perturbed
from sametask.activations.hooks import record
from sametask.activations.layout import Layout
from sametask.activations.probe import Probe
from sametask.activations.shards import join_shards
from sametask.config.sections.recording import Recording
from sametask.examples.small_networks import mlp
from sametask.jobs.parts import FULL, JobPart, block_size
from sametask.storage import store


class Counted:
    """A network that notes the number of inputs of each of its passes."""

    def __init__(self, widths):
        torch.manual_seed(0)
        self.network, self.sizes = mlp(widths).double(), []
        self.network.register_forward_pre_hook(lambda _, given: self.sizes.append(len(given[0])))


@pytest.fixture
def counted():
    return Counted([3, 6, 5, 2])


@pytest.mark.parametrize("batch", [4096, 255, 100, 16, 7])
@pytest.mark.parametrize("each", [24, 128])
def test_perturbations_fill_passes_across_samples(counted, each, batch):
    inputs = np.random.default_rng(0).normal(size=(37, 3))
    drawn = inputs[:, None] + np.random.default_rng(1).normal(size=(37, each, 3))
    layout = Layout.of(counted.network, ["tanh2"], "all", torch.from_numpy(inputs))
    counted.sizes.clear()
    found, block = np.empty((37, each, 5)), block_size(each, batch)
    draw = lambda part, numbers: drawn[numbers.start : numbers.stop]  # noqa: E731
    extract_perturbed(counted.network, layout, inputs, draw, found, 10, batch, block=block)
    assert sum(counted.sizes) == 37 * each and max(counted.sizes) <= batch
    # Only the last block may be smaller.
    assert len(counted.sizes) <= 37 * each / (FULL * batch) + 1
    (expected,) = record(counted.network, ["tanh2"], torch.from_numpy(drawn.reshape(-1, 3)))
    np.testing.assert_allclose(found.reshape(-1, 5), expected.detach(), atol=1e-14)


def test_derivatives_of_all_axes_pass_together(counted):
    inputs = np.random.default_rng(0).normal(size=(37, 3))
    layout = Layout.of(counted.network, ["tanh2"], "all", torch.from_numpy(inputs))
    layers = counted.network[: 1 + list(dict(counted.network.named_children())).index("tanh2")]
    exact = torch.func.vmap(torch.func.jacrev(lambda x: layers(x[None])[0]))(
        torch.from_numpy(inputs)
    )
    for batch in (4096, 20, 2):
        counted.sizes.clear()
        found = np.empty((37, 5, 3))
        extract_jacobians(counted.network, layout, inputs, found, 10, batch)
        assert len(counted.sizes) == -(-37 * 3 // batch)
        np.testing.assert_allclose(found, exact.detach(), atol=1e-13)


def settings(batch, neurons="all", count=16):
    return Recording(
        network={"factory": "none:none", "arguments": {}},
        measure={
            "layers": ["tanh2"], "neurons": neurons, "axes": None, "dtype": "float64",
            "batch": batch, "view": None,
        },
        inputs={"domain": "array", "source": "digits"},
        perturbations={"count": count, "delta": 0.1},
        derivatives=True,
        positions=None,
        seed=0,
        samples={"fit": 40, "test": 10},
        pool=0,
    )  # fmt: skip


@pytest.fixture
def points():
    draw = np.random.default_rng(0)
    return {"fit": draw.normal(size=(40, 3)), "test": draw.normal(size=(10, 3))}


def recorded(folder, network, points, asked, count):
    """Record in so many jobs, and join what they have recorded; returns all arrays."""
    shards = []
    for index in range(count):
        part = JobPart(index, count)
        with store.create(folder / f"{index}-{count}", "activations") as writer:
            probe = Probe.of(writer, network, points, asked, part)
            (probe.surroundings if index else probe.record)()
        shards.append(store.open_store(folder / f"{index}-{count}", "activations"))
    with store.create(folder / f"joined-{count}", "activations") as writer:
        join_shards(writer, shards)
    joined = store.open_store(folder / f"joined-{count}", "activations")
    return {name: joined[name] for name in joined.arrays}


@pytest.mark.parametrize("neurons", ["all", {"components": 3}])
def test_every_sample_passes_once(counted, tmp_path, points, neurons):
    with store.create(tmp_path / "a", "activations") as writer:
        probe = Probe.of(writer, counted.network, points, settings(100, neurons), JobPart())
        probe.record()
    # Two batches of copies of the first sample, of two and of three, find the layout.
    assert counted.sizes[:2] == [2, 3]
    assert sum(counted.sizes[2:]) == 40 + 10 + 40 * 16 + 40 * 3
    assert sorted(counted.sizes[2:])[-7:] == [96] * 6 + [99]


def test_jobs_record_the_same_and_the_first_alone_the_samples(counted, tmp_path, points):
    asked = settings(batch=64)
    expected = recorded(tmp_path, counted.network, points, asked, 1)
    # There are ten blocks of four samples with their perturbations; of derivatives, two.
    for count in (2, 3, 10):
        found = recorded(tmp_path, counted.network, points, asked, count)
        assert found.keys() == expected.keys()
        same = {name for name in found if np.array_equal(found[name], expected[name])}
        assert same >= found.keys() - {"fit/jacobians"}
        assert count > 2 or "fit/jacobians" in same
    for count in (11, 40):
        found = recorded(tmp_path, counted.network, points, asked, count)
        for name, values in found.items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-12, atol=1e-14)
    first, second = (store.open_store(tmp_path / f"{index}-2", "activations") for index in (0, 1))
    assert set(first.arrays) - set(second.arrays) == {
        f"{part}/{name}" for part in points for name in ("seen", "layers", "samples", "outputs")
    }
