"""Experiment files: what is accepted, and the one line that anything else gets."""

from pathlib import Path

import pytest
import yaml

from sametask.errors import ConfigError
from sametask.experiments import Experiments
from sametask.schema import REFERENCE, SCHEMA, reference, schema_text

ROOT = Path(__file__).parents[1]
VALID = {
    "description": "two small networks",
    "inputs": {"domain": "interval", "low": 0, "high": 1},
    "samples": {"fit": 16, "test": 24},
    "neighbours": {"count": 4, "delta": 0.1},
    "task": {"kind": "regression", "target": "sametask.tasks:negative_square"},
    "networks": {
        name: {
            "factory": "sametask.networks.zoo:mlp",
            "arguments": {"widths": [1, 2, 1]},
            "layers": ["tanh1"],
            "train": {"epochs": 1},
        }
        for name in ("a", "b")
    },
    "diffusion": {"coordinates": 3},
}


def load(tmp_path, *path, value, name="one"):
    """Set one key of a valid experiment and load the file."""
    content = yaml.safe_load(yaml.safe_dump(VALID))
    section = content
    for step in path[:-1]:
        section = section.setdefault(step, {})
    section[path[-1]] = value
    (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return Experiments(tmp_path).get(name)


def refusal(tmp_path, *path, value):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, *path, value=value)
    line = str(caught.value)
    assert "\n" not in line
    assert "one.yaml" in line
    return line


def test_every_shipped_experiment_is_valid():
    experiments = Experiments(ROOT / "config" / "experiments")
    assert {"scalar", "digits"} <= set(experiments.names())
    for name in experiments.names():
        assert len(experiments.get(name).pairs) >= 1


def test_schema_and_reference_are_in_step_with_the_model():
    assert (ROOT / SCHEMA).read_text() == schema_text(), "run `make schema`"
    assert (ROOT / REFERENCE).read_text() == reference(), "run `make schema`"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("bandwith",), 1, ["bandwith"]),
        (("diffusion", "bandwith"), 1, ["diffusion", "'bandwith'", "'bandwidth'"]),
        (("networks", "a", "layer"), "tanh1", ["networks.a", "'layer'", "'layers'"]),
        (("inputs", "lo"), 1, ["inputs", "'lo'", "'low'"]),
        (("inputs", "domain"), "intervall", ["inputs", "intervall", "interval"]),
        (("diffusion", "coordinates"), 15, ["diffusion.coordinates", "15", "at most 14"]),
        (("diffusion", "coordinates"), 0, ["diffusion.coordinates", "greater"]),
        (("diffusion", "engine"), "datafolds", ["diffusion.engine", "'datafold'"]),
        (("inputs", "low"), 2, ["inputs", "below high"]),
        (("networks", "a", "neurons"), [0, 0], ["networks.a.neurons", "distinct"]),
        (("networks", "a", "checkpoint"), "x.pt", ["networks.a", "exactly one"]),
        (("networks", "A-1"), {}, ["networks", "A-1"]),
        (("networks",), {"a": VALID["networks"]["a"]}, ["networks", "2"]),
        (("task",), None, ["networks.a.train", "target"]),
        (("samples", "fit"), "many", ["samples.fit", "many"]),
    ],
)
def test_a_wrong_key_or_value_is_one_line_that_names_it(tmp_path, path, value, words):
    line = refusal(tmp_path, *path, value=value)
    for word in words:
        assert word in line


def test_a_missing_experiment_names_the_nearest(tmp_path):
    load(tmp_path, "seed", value=1, name="scalar")
    with pytest.raises(ConfigError, match="did you mean 'scalar'"):
        Experiments(tmp_path).get("scaler")


def test_extending_lays_sections_over_the_base(tmp_path):
    load(tmp_path, "seed", value=7, name="base")
    (tmp_path / "more.yaml").write_text("extends: base\ndiffusion: {bandwidth: slope}\n")
    more = Experiments(tmp_path).get("more")
    assert (more.seed, more.diffusion.bandwidth, more.diffusion.coordinates) == (7, "slope", 3)


def test_extending_with_another_origin_or_domain_drops_the_inherited_one(tmp_path):
    load(tmp_path, "seed", value=7, name="base")
    (tmp_path / "more.yaml").write_text(
        "extends: base\ninputs: {domain: array, source: digits}\n"
        "networks: {a: {checkpoint: a.safetensors}}\n"
    )
    more = Experiments(tmp_path).get("more")
    assert more.inputs.source == "digits"
    assert (more.networks["a"].train, more.networks["a"].checkpoint) == (None, "a.safetensors")


def test_extending_in_a_circle_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b\n")
    (tmp_path / "b.yaml").write_text("extends: a\n")
    with pytest.raises(ConfigError, match="a -> b -> a"):
        Experiments(tmp_path).get("a")


def test_a_broken_file_stops_only_who_asks_for_it(tmp_path):
    load(tmp_path, "seed", value=1, name="good")
    (tmp_path / "broken.yaml").write_text("networks: [")
    experiments = Experiments(tmp_path)
    assert experiments.select(lambda *_: True) == ["good/a", "good/b"]
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        experiments.get("broken")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"experiments": ["scaler"]}, "did you mean 'scalar'"),
        ({"experiment": ["scalar"]}, "unknown key 'experiment'; did you mean 'experiments'"),
        ({"experiments": []}, "experiments"),
    ],
)
def test_config_yaml_names_experiments_that_exist(content, words):
    experiments = Experiments(ROOT / "config" / "experiments")
    assert experiments.chosen({"experiments": ["scalar"]}, Path("c.yaml")) == ["scalar"]
    with pytest.raises(ConfigError, match=words):
        experiments.chosen(content, Path("config/config.yaml"))
