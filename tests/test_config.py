"""Experiment files: what is accepted, and the one line that anything else gets."""

from pathlib import Path

import pytest
import yaml

from sametask.base.errors import ConfigError
from sametask.config.experiments import Experiments
from sametask.config.reading import read_model
from sametask.config.schema import REFERENCE, SCHEMA, reference, schema_text
from sametask.config.sections.benchmark_section import SameTask

ROOT = Path(__file__).parents[1]
VALID = {
    "description": "two small networks",
    "inputs": {"domain": "interval", "low": 0, "high": 1},
    "samples": {"fit": 16, "test": 24},
    "perturbations": {"count": 4, "delta": 0.1},
    "task": {"kind": "regression", "target": "sametask.examples.targets:negative_square"},
    "networks": {
        name: {
            "factory": "sametask.examples.small_networks:mlp",
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
        (("networks", "a", "neurons"), "al", ["networks.a.neurons", "'auto' or 'all'", "'al'"]),
        (
            ("networks", "a", "neurons"),
            {"components": 0},
            ["networks.a.neurons.components", "greater than or equal to 1"],
        ),
        (
            ("networks", "a", "neurons"),
            {"compnents": 3},
            ["networks.a.neurons", "unknown key 'compnents'", "components"],
        ),
        (
            ("perturbations", "along"),
            "nosie",
            ["perturbations.along", "'noise', 'data' or 'inside'"],
        ),
        (("networks", "a", "checkpoint"), "x.pt", ["networks.a", "at most one"]),
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


def test_extending_keeps_what_belongs_to_the_same_origin(tmp_path):
    load(tmp_path, "seed", value=7, name="base")
    network = "{pretrained: {source: here, class: BertModel}, arguments: {add: 1}, layers: e}"
    (tmp_path / "read.yaml").write_text(f"extends: base\nnetworks: {{c: {network}}}\n")
    (tmp_path / "same.yaml").write_text(
        "extends: read\nnetworks: {c: {pretrained: {source: there}}}\n"
    )
    (tmp_path / "other.yaml").write_text(
        "extends: read\nnetworks: {c: {factory: 'mynets:small'}}\n"
    )
    same, other = (Experiments(tmp_path).get(name).networks["c"] for name in ("same", "other"))
    assert (same.pretrained.source, same.pretrained.class_name) == ("there", "BertModel")
    assert same.arguments == {"add": 1}
    assert (other.pretrained, other.arguments) == (None, {})


def test_extending_may_leave_a_network_out(tmp_path):
    load(tmp_path, "seed", value=7, name="base")
    third = "{factory: mynets:small, checkpoint: c.safetensors, layers: hidden}"
    (tmp_path / "three.yaml").write_text(f"extends: base\nnetworks: {{c: {third}}}\n")
    (tmp_path / "two.yaml").write_text("extends: three\nnetworks: {a: null}\n")
    assert list(Experiments(tmp_path).get("two").networks) == ["b", "c"]
    (tmp_path / "bad.yaml").write_text("extends: three\nnetworks: {d: null}\n")
    with pytest.raises(ConfigError, match=r"networks\.d"):
        Experiments(tmp_path).get("bad")


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


def test_what_leaves_a_verdict_without_an_interval_or_a_level_is_refused(tmp_path):
    few = refusal(tmp_path, "samples", "test", value=12)
    assert "samples.test: 12 leave no interval for the verdict; at least 20" in few
    shuffles = refusal(tmp_path, "alignment", "shuffles", value=50)
    assert (
        "alignment.shuffles: 50 cannot show anything at verdict.level 0.01; at least 99" in shuffles
    )
    other = refusal(tmp_path, "verdict", "different_task", value="c")
    assert "verdict.different_task: no network 'c'; valid: 'a', 'b'" in other
    assert "no network 'auto'" in refusal(tmp_path, "verdict", "different_task", value="auto")
    assert "verdict.reference: no network 'c'" in refusal(
        tmp_path, "verdict", "reference", value="c"
    )
    unknown = refusal(tmp_path, "verdict", "treshold", value=1)
    assert "unknown key 'treshold'" in unknown


def test_names_of_the_controls_are_kept_for_them(tmp_path):
    networks = {"a": VALID["networks"]["a"], "b_untrained": VALID["networks"]["b"]}
    assert "names ending in _untrained" in refusal(tmp_path, "networks", value=networks)
    found = load(tmp_path, "seed", value=1)
    assert Experiments(tmp_path).network("one/b_untrained") == found.networks["b"]


def test_a_network_may_have_a_task_of_its_own(tmp_path):
    own = load(
        tmp_path,
        "networks",
        "b",
        "train",
        "target",
        value="sametask.examples.targets:negative_square",
    )
    assert own.networks["b"].train.target == "sametask.examples.targets:negative_square"
    assert "target" in refusal(tmp_path, "networks", "b", "train", "target", value="no reference")


def test_the_benchmark_has_a_model_of_its_own(tmp_path):
    found = read_model(ROOT / "config" / "same-task.yaml", SameTask)
    assert set(found.training) < set(found.plain())
    (tmp_path / "same-task.yaml").write_text("sed: 1")
    with pytest.raises(ConfigError, match="unknown key 'sed'; did you mean 'seed'"):
        read_model(tmp_path / "same-task.yaml", SameTask)


OWN = {"fit": 16, "test": 24, "placement": "sobol", "anchors": 3}


def test_anchors_give_each_network_samples_of_its_own(tmp_path):
    assert load(tmp_path, "seed", value=0).shares_samples
    assert load(tmp_path, "seed", value=0).pool == 0
    found = load(tmp_path, "samples", value=OWN)
    assert (found.shares_samples, found.pool, found.portion("b")) == (False, 3, (0, 1))
    (tmp_path / "more.yaml").write_text("extends: one\nstudy: {anchors: [40, 1, 40]}\n")
    more = Experiments(tmp_path).get("more")
    assert (more.study.anchors, more.study.choices, more.pool) == ([1, 40], 20, 40)
    (tmp_path / "rows.yaml").write_text("extends: one\ninputs: {domain: array, source: digits}\n")
    assert Experiments(tmp_path).get("rows").portion("b") == (1, 2)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ({"anchors": 9}, "anchors: 9 asked for, but 16 fit samples allow at most 8"),
        ({"anchors": -1}, "samples.anchors"),
        ({"placement": "equidistant"}, "samples.placement: equidistant .* valid: random, sobol"),
    ],
)
def test_anchors_that_cannot_be_are_refused(tmp_path, samples, words):
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, "samples", value=OWN | samples)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("reconstruct: input", "reconstruct: needs samples that all networks share"),
        ("study: {choices: 5}", "study.choices"),
        ("study: {anchors: [0]}", "study.anchors"),
        ("samples: {anchors: null}\nstudy: {}", "study: .* samples.anchors"),
        ("samples: {anchors: null}\ndiffusion: {coordinates: auto}", "valid: a number, or auto"),
        ("diffusion: {coordinates: auto, selection: non-harmonic}", "valid: leading"),
    ],
)
def test_what_anchors_exclude_or_need_is_told_in_one_line(tmp_path, line, words):
    load(tmp_path, "samples", value=OWN)
    (tmp_path / "more.yaml").write_text(f"extends: one\n{line}\n")
    with pytest.raises(ConfigError, match=words) as told:
        Experiments(tmp_path).get("more")
    assert "\n" not in str(told.value)


def test_rules_may_choose_what_numbers_gave(tmp_path):
    load(tmp_path, "samples", value=OWN)
    (tmp_path / "more.yaml").write_text(
        "extends: one\ndiffusion: {coordinates: auto, neighbour: auto}\n"
    )
    more = Experiments(tmp_path).get("more").diffusion
    assert (more.coordinates, more.neighbour) == ("auto", "auto")


def test_an_extending_file_takes_a_section_away(tmp_path):
    load(tmp_path, "reconstruct", value="input", name="base")
    (tmp_path / "more.yaml").write_text("extends: base\nreconstruct: null\n")
    assert Experiments(tmp_path).get("more").reconstruct is None
