"""Studies of weights that cannot be answered are refused by the settings, before any training."""

import pytest
from refusals import refusal
from workflow_helpers import write_yaml

from sametask.config.reading import read_model
from sametask.config.sections.codes_section import AUTOENCODERS as NAMES
from sametask.config.sections.imported_population_section import kind_of_population
from sametask.weights.autoencoders import AUTOENCODERS

CONVOLUTIONS = {"kind": "convolution", "channels": [4]}
ZOO = {"source": {"google": "zoo"}}


def telling(name, predictor="sets"):
    return {"tell": {name: {"predictors": [predictor]}}}


def read(folder, content):
    write_yaml(folder / "odd.yaml", content)
    return read_model(folder / "odd.yaml", kind_of_population(content))


@pytest.mark.parametrize(
    ("study", "others", "words"),
    [
        ({"codes": {"autoencoders": ["pca-alined"]}}, {}, ["autoencoders.0", "'pca-aligned'"]),
        ({"codes": {"noise": "pca-raw"}}, {}, ["codes.noise: no 'pca-raw'", "'perceptron-raw'"]),
        ({"codes": {"attention": "pca-raw"}}, {}, ["codes.attention: no", "'attention-1-raw'"]),
        ({"views": ["units", "units"]}, {}, ["study.views: units is named twice"]),
        ({"views": ["units"]}, {"networks": 25, "epochs": 1}, ["study.views: 50 checkpoints"]),
        ({"scaling": {"predictors": ["sets"], "networks": [501]}}, {}, ["501 is not between"]),
        (telling("accuracy"), {"networks": 19}, ["networks: 10 to learn from and 9 to be tested"]),
        (telling("accuracy"), {"checkpoints": [0]}, ["checkpoints: none is after the start"]),
        (telling("epoch"), {"checkpoints": [0, 3]}, ["study.tell.epoch: checkpoints has but one"]),
        (telling("activation"), {}, ["activations has 'tanh' alone: there is nothing to tell"]),
        (telling("task"), {}, ["images.tasks has 'piece' alone: there is nothing to tell"]),
        (telling("accuracy", "probes"), {"network": CONVOLUTIONS}, ["probes needs networks"]),
        (telling("accuracy", "probes-images"), ZOO, ["probes-images knows images"]),
        (telling("task"), ZOO, ["study.tell.task: is known"]),
        ({"codes": {}}, ZOO, ["study.codes: is known of"]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(tmp_path, study, others, words):
    refusal(read, tmp_path, {"study": study} | others, words=["odd.yaml", *words])


def test_without_a_study_networks_may_be_few(tmp_path):
    assert read(tmp_path, {"networks": 1, "checkpoints": [0]}).networks == 1


def test_settings_know_all_autoencoders():
    assert set(NAMES) == set(AUTOENCODERS)
