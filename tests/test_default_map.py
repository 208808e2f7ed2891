"""The map that is handed over without a name, and warnings of maps that fail."""

import warnings

import pytest
import torch

from sametask.activations.layout import Layout
from sametask.maps.choosing import choose, failing
from sametask.maps.fitting import fit_maps
from sametask.maps.routes import Side
from sametask.maps.transformation import Measured, Transformation, save_maps
from sametask.maps.validation import set_apart, validate
from sametask.storage import store

ROWS = 150


@pytest.fixture
def line(generator):
    return 2 * torch.rand(ROWS, 1, generator=generator).double() - 1


def side(samples, coordinates=None, groups=None):
    return Side(samples, samples, coordinates, groups=groups)


def test_a_fold_has_a_map_in_one_direction_and_the_mean_in_the_other(line):
    a, b = side(torch.cat([line, line**3], 1)), side(torch.cat([line**2, line**4], 1))
    validated = validate(a, b, 0.0, seed=0)
    chosen = choose(validated, fit_maps(a, b, None, 0.0).maps)
    assert chosen.default["a_to_b"] == "direct_rbf" and validated["direct_rbf"]["a_to_b"] > 0.999
    mean = validated["mean"]["b_to_a"]
    assert validated[chosen.default["b_to_a"]]["b_to_a"] >= mean


def test_noise_gets_no_map_that_is_worse_than_the_mean(generator):
    a, b = (side(torch.randn(60, 3, generator=generator).double()) for _ in "ab")
    for seed in range(5):
        validated = validate(a, b, 0.0, seed)
        chosen = choose(validated, validated)
        for direction, name in chosen.default.items():
            assert validated[name][direction] >= validated["mean"][direction]


def test_candidates_are_neither_ablations_nor_the_thesis(line):
    waves = torch.cat([torch.cos(k * torch.pi * (line + 1) / 2) for k in (1, 2, 3)], 1)
    a, b = side(line, waves), side(torch.tanh(line), waves)
    validated = validate(a, b, 0.0, seed=0)
    assert set(validated) == {
        "intrinsic", "direct_rbf", "affine", "procrustes", "knn", "relative", "mean"
    }  # fmt: skip
    assert validated["intrinsic"]["a_to_b"] > 0.99
    broken = validate(a, side(torch.tanh(line), waves.flip(1).roll(1, 0)), 0.0, seed=0)
    assert broken["intrinsic"]["a_to_b"] < 0.9


def test_only_fitted_maps_are_chosen_and_ties_go_to_the_mean():
    validated = {"affine": {"a_to_b": 0.9}, "knn": {"a_to_b": 0.8}, "mean": {"a_to_b": 0.8}}
    assert choose(validated, ["affine", "mean"]).default["a_to_b"] == "affine"
    assert choose(validated, ["knn", "mean"]).default == {"a_to_b": "mean", "b_to_a": "mean"}
    assert choose({}, ["mean"]).default["a_to_b"] == "mean"
    assert failing({"knn": {"a_to_b": -3.0, "b_to_a": 0.1}}, "knn") == {"a_to_b": -3.0}


def test_whole_samples_are_set_apart_by_the_seed():
    groups = torch.arange(40).repeat_interleave(3)
    rest, apart = set_apart(120, groups, seed=1)
    assert len(apart) == 24 and sorted(torch.cat([rest, apart]).tolist()) == list(range(120))
    assert not set(groups[rest].tolist()) & set(groups[apart].tolist())
    assert torch.equal(apart, set_apart(120, groups, seed=1)[1])
    assert not torch.equal(apart, set_apart(120, groups, seed=2)[1])
    assert len(set_apart(8, None, seed=0)[1]) == 2


def test_a_constant_target_has_no_validation_and_the_mean(line):
    a, b = side(torch.cat([line, line**3], 1)), side(torch.ones(ROWS, 2).double())
    validated = validate(a, b, 0.0, seed=0)
    assert not any("a_to_b" in figures for figures in validated.values())
    assert choose(validated, ["affine", "mean"]).default["a_to_b"] == "mean"


@pytest.fixture
def stored(line, tmp_path):
    """A transformation whose best map is not the same in both directions; intrinsic fails."""
    a, b = side(line), side(line + 0.5)
    fitted = fit_maps(a, b, None, 0.0)
    maps = fitted.maps | {"intrinsic": fitted.maps["procrustes"]}
    layout = Layout(("h",), ((1,),), (0,))
    measured = [Measured(name, layout, (1,), "float64") for name in ("one", "two")]
    validated = {
        "intrinsic": {"a_to_b": -165.0, "b_to_a": 0.5},
        "affine": {"a_to_b": 1.0, "b_to_a": 0.6},
        "knn": {"a_to_b": 0.9, "b_to_a": 0.8},
    }
    chosen = choose(validated, maps)
    with store.create(tmp_path / "t.zarr", "transformation") as writer:
        save_maps(writer, maps, *measured, chosen=chosen)
    return tmp_path / "t.zarr"


def test_without_a_name_each_direction_has_its_best_map(stored, line):
    loaded = Transformation.load(stored)
    assert loaded.names == {"a_to_b": "affine", "b_to_a": "knn"}
    for direction, name in loaded.names.items():
        one = Transformation.load(stored, name)
        assert one.names == dict.fromkeys(("a_to_b", "b_to_a"), name)
        assert torch.equal(loaded(line, direction), one(line, direction))


def test_a_map_that_fails_is_loaded_with_a_warning(stored):
    with pytest.warns(UserWarning, match=r"intrinsic fails from one to two: R² is -165 .* affine"):
        Transformation.load(stored, "intrinsic")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Transformation.load(stored)
        Transformation.load(stored, "knn")
