"""Ensembles that go wrong: networks that diverge without a NaN, extras that are missing."""

import builtins
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from refusals import refusal
from test_ensembles import asked, labelled, windows
from test_neuron_distillation import blobs
from test_neuron_shrinking import members, networks, rows

from sametask.config.sections.distillation_section import Distillation
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.data import rows as drawn
from sametask.neurons.distillation.study import distil
from sametask.neurons.gauge import identity
from sametask.neurons.related import digests
from sametask.neurons.shrinking.clustering import own_clusters
from sametask.neurons.shrinking.curves import original
from sametask.neurons.training import train
from sametask.storage import store


@pytest.mark.parametrize("rate", [1e6, 1e12])
def test_networks_that_diverge_to_finite_numbers_are_left_out(rate):
    words = "0 of 5 networks did not diverge", "training.learning_rate"
    network = {"kind": "autoencoder", "inputs": 6, "outputs": 6}
    refusal(train, windows(), asked(network, learning_rate=rate), "bootstrap", words=words)
    assert train(windows(), asked(network), "bootstrap").members.present.all()


def test_the_networks_of_a_jackknife_are_too_much_alike_wherever_they_are_used():
    trained = train(labelled(splits=1), asked(members=10), "jackknife").members
    assert trained.factor == (30 - 3) * 9 / (3 * 10)
    plain = replace(trained, factor=1.0)
    wide, narrow = (original(one, labelled(splits=1), 0, 1, 0) for one in (trained, plain))
    np.testing.assert_allclose(
        wide.moments.covariance, trained.factor * narrow.moments.covariance, rtol=1e-12
    )
    root = trained.factor**0.5
    np.testing.assert_allclose(identity(trained, 1), identity(plain, 1) / root)
    spread = [one.as_of_other_samples(1).std(axis=0) for one in (trained, plain)]
    np.testing.assert_allclose(spread[0], root * spread[1], atol=1e-12)


def test_a_single_neuron_is_its_own_cluster():
    assert own_clusters(np.ones((3, 1, 4)), np.array([1])).tolist() == [[[0]]] * 3


def test_without_the_extra_a_differential_equation_says_what_to_install(monkeypatch):
    load = builtins.__import__

    def hidden(name, *more):
        if name == "torchdiffeq":
            raise ImportError(name)
        return load(name, *more)

    monkeypatch.setattr(builtins, "__import__", hidden)
    network = {"kind": "ode", "inputs": 6, "hidden": 8, "code": 2, "outputs": 6}
    words = "network.kind: ode", "pip install 'sametask[neurons]'"
    refusal(train, windows(), asked(network), "bootstrap", words=words)


def test_too_few_rows_decide_no_weights():
    data = {"of": "linear_gaussian", "rows": 40, "inputs": 20}
    with pytest.raises(ValidationError, match=r"rows: 32 of 40.*at least 63 are needed"):
        Ensemble(data=data, network={"kind": "linear"}, neurons={"gauges": ["none"]})


def test_networks_that_learned_other_rows_are_refused(tmp_path):
    paths = tmp_path / "data.zarr", tmp_path / "ensemble.zarr"
    with store.create(paths[0], drawn.KIND, provenance={}) as writer:
        rows().write(writer)
    for digest, same in ((store.open_store(paths[0], drawn.KIND).digest, True), ("0" * 64, False)):
        parents = {"data": digest}
        with store.create(paths[1], "ensemble", parents=parents, provenance={}) as writer:
            members(networks()).write(writer)
        if same:
            assert digests(*paths)["data"] == digest
        else:
            refusal(digests, *paths, words=["was made from another data than the one given"])


@pytest.mark.parametrize(
    ("held_out", "changed", "words"),
    [
        (0.3, {"learning_rate": 1e12}, "diverged learning_rate"),
        (
            0.3,
            {"teacher": [90, 90], "student": [2, 2], "steps": 1_000_000},
            "distillation.teacher at most 4000",
        ),
        (0.3, {"validation": 1e-3}, "neurons.distillation leave none for validation"),
        (1e-3, {}, "neurons.distillation leave none for held out"),
    ],
)
def test_a_study_of_distillation_that_cannot_be_is_refused(held_out, changed, words):
    small = {"teacher": [3], "student": [2], "rows": [10], "seeds": 3, "steps": 10}
    refusal(
        distil, blobs(), Distillation(**small | changed), "relu", held_out, 0, words=words.split()
    )
