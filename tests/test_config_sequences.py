"""Experiments of sequences: what their files may say, and the one line that anything else gets."""

import copy

import pytest
import yaml

from sametask.base.errors import ConfigError
from sametask.config.experiments import Experiments

NETWORK = {
    "factory": "sametask.examples.sequence_networks:lstm_linear",
    "layers": "lstm",
    "axes": ["batch", "time", "neuron"],
    "train": {"epochs": 1},
}
VALID = {
    "description": "two recurrent networks",
    "inputs": {"domain": "array", "source": "windows.h5", "labels": "blades"},
    "samples": {"fit": 16, "test": 24},
    "perturbations": {"count": 4, "delta": 0.1},
    "task": {"kind": "classification"},
    "positions": {"per_sample": 5},
    "networks": {"a": NETWORK, "b": NETWORK},
    "diffusion": {"coordinates": 3},
}
OTHER_SLICES = {"extends": "one", "recorded": "one", "positions": {"per_sample": 2}}


def write(folder, name, content):
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(copy.deepcopy(content)))


def refusal(folder, name):
    with pytest.raises(ConfigError) as caught:
        Experiments(folder).get(name)
    assert "\n" not in str(caught.value)
    assert f"{name}.yaml" in str(caught.value)
    return str(caught.value)


def load(folder, **keys):
    write(folder, "one", VALID | keys)
    return Experiments(folder).get("one")


def refused(folder, **keys):
    write(folder, "one", VALID | keys)
    return refusal(folder, "one")


def test_sequences_are_cut_into_2600_slices_by_default(tmp_path):
    positions = load(tmp_path).positions
    assert (positions.per_sample, positions.samples) == (5, 2600)


@pytest.mark.parametrize("axes", [None, ["neuron", "batch", "neuron"]])
def test_positions_need_an_axis_of_time(tmp_path, axes):
    line = refused(tmp_path, networks={"a": NETWORK, "b": NETWORK | {"axes": axes}})
    assert "networks.b.axes" in line and "[batch, time, neuron]" in line


@pytest.mark.parametrize(
    "axes", [["time", "neuron"], ["batch", "batch"], ["batch", "time", "time", "neuron"]]
)
def test_axes_name_the_batch_once_and_time_at_most_once(tmp_path, axes):
    line = refused(tmp_path, networks={"a": NETWORK, "b": NETWORK | {"axes": axes}})
    assert "networks.b.axes" in line and "batch once, time at most once" in line


def test_another_word_for_an_axis_is_refused(tmp_path):
    line = refused(tmp_path, networks={"a": NETWORK, "b": NETWORK | {"axes": ["batch", "tiem"]}})
    assert "networks.b.axes" in line and "'tiem'" in line and "'time'" in line


INTERVAL = {"domain": "interval", "low": 0, "high": 1}


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"samples": {"fit": 16, "test": 24, "anchors": 2}}, "samples.anchors"),
        ({"reconstruct": {"of": ["input"], "dimension": 2}}, "reconstruct"),
        ({"geometry": {"source": "jacobian"}}, "geometry.source: jacobian"),
        (
            {"inputs": INTERVAL, "task": {"kind": "regression", "target": "numpy:sin"}},
            "inputs.domain",
        ),
    ],
)
def test_what_is_not_for_slices_is_refused(tmp_path, keys, word):
    line = refused(tmp_path, **keys)
    assert "positions: sequences come from a data set" in line and line.endswith(f"without {word}")


def test_an_array_has_one_source(tmp_path):
    simulate = {"function": "sametask.examples.mower:simulate", "count": 100}
    found = load(tmp_path, inputs={"domain": "array", "simulate": simulate})
    assert found.inputs.simulate.count == 100
    for inputs in ({"simulate": simulate, "source": "windows.h5"}, {}):
        line = refused(tmp_path, inputs={"domain": "array", **inputs})
        assert "exactly one of `source` and `simulate`" in line


@pytest.mark.parametrize("fill", ["mean", ["mean"]])
def test_fill_takes_a_word_or_several(tmp_path, fill):
    assert load(tmp_path, maps={"fill": fill}).maps.fill == ["mean"]


def test_another_way_to_fill_is_refused(tmp_path):
    line = refused(tmp_path, maps={"fill": "median"})
    assert "maps.fill" in line and "'mean'" in line and "'zero'" in line


# Recordings of another experiment.


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "one", VALID)
    write(tmp_path, "two", OTHER_SLICES)
    return tmp_path


def test_recordings_are_taken_over_with_other_slices(folder):
    found = Experiments(folder).get("two")
    assert (found.recorded, found.positions.per_sample) == ("one", 2)


def test_recordings_without_positions_are_refused(folder):
    write(folder, "two", OTHER_SLICES | {"positions": None})
    assert "recorded: cuts the sequences of another experiment" in refusal(folder, "two")


def test_recordings_of_an_unknown_experiment_name_the_nearest(folder):
    write(folder, "two", OTHER_SLICES | {"recorded": "onne"})
    line = refusal(folder, "two")
    assert "recorded: no other experiment 'onne'; did you mean 'one'" in line


def test_recordings_of_oneself_are_refused(folder):
    write(folder, "two", OTHER_SLICES | {"recorded": "two"})
    assert "recorded: no other experiment 'two'" in refusal(folder, "two")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", 1),
        ("networks", {"a": {"batch": 7}}),
        ("networks", {"c": NETWORK}),
        ("inputs", {"source": "others.h5"}),
        ("samples", {"fit": 17}),
        ("perturbations", {"delta": 0.2}),
    ],
)
def test_recordings_of_another_experiment_are_refused(folder, key, value):
    write(folder, "two", OTHER_SLICES | {key: value})
    assert f"recorded: one has other {key}" in refusal(folder, "two")


def test_settings_behind_the_recordings_may_differ(folder):
    write(folder, "two", OTHER_SLICES | {"diffusion": {"coordinates": 4}, "maps": {"fill": "zero"}})
    assert Experiments(folder).get("two").diffusion.coordinates == 4


def test_recordings_of_recordings_are_refused(folder):
    write(folder, "three", OTHER_SLICES | {"recorded": "two"})
    assert "recorded: two records no sequences of its own" in refusal(folder, "three")


def test_two_experiments_that_record_each_other_are_refused(folder):
    write(folder, "one", VALID | {"recorded": "two"})
    assert "recorded: two records no sequences of its own" in refusal(folder, "one")
    assert Experiments(folder).select(lambda *_: True) == []


def test_an_experiment_without_sequences_has_none_to_cut(folder):
    write(folder, "plain", VALID | {"positions": None})
    write(folder, "two", OTHER_SLICES | {"recorded": "plain"})
    assert "recorded: plain records no sequences of its own" in refusal(folder, "two")
