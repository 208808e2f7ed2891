"""Circles and products as domains, and what networks see of samples in them."""

import numpy as np
import pytest

from sametask.base.errors import ConfigError, DataError, NetworkError
from sametask.check import check_experiment
from sametask.config import Experiment
from sametask.config.experiments import Experiments
from sametask.config.sections.input_sections import Circle, Interval, Product
from sametask.config.sections.network_sections import Training, View
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_samples, require_closed, see, training_data
from sametask.inputs.domains import Domain, place
from sametask.report.data.names import axis_labels

CIRCLE = Circle(domain="circle", period=2 * np.pi)
TORUS = Product(domain="product", axes=[CIRCLE, Circle(domain="circle", period=3.0)])
CYLINDER = Product(domain="product", axes=[CIRCLE, Interval(domain="interval", low=-1, high=2)])
HORSE = View(function="sametask.examples.scenes:horse", arguments={"size": 16})
SAMPLES = Samples(fit=60, test=24, placement="equidistant", test_shift=0.01)


def half_turn(points, stretch=0.5):
    """A view that is another one after a whole turn."""
    return np.cos(stretch * points)


def failing(points):
    raise ValueError("no light")


def wrong_count(points):
    return points[:-1]


def test_a_grid_on_a_circle_does_not_count_a_place_twice():
    draws = draw_samples(CIRCLE, SAMPLES, None, 0)
    angles = draws["fit"].inputs[:, 0]
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    np.testing.assert_allclose(gaps, 2 * np.pi / 60)


@pytest.mark.parametrize(("inputs", "columns"), [(CIRCLE, 2), (TORUS, 4), (CYLINDER, 3)])
def test_without_a_view_angles_become_cosine_and_sine(inputs, columns):
    domain = Domain.of(inputs)
    points = place(50, domain.low, domain.high, "random", "fit", 0)
    seen = see(points, inputs, None)
    assert seen.shape == (50, columns)
    np.testing.assert_allclose(np.hypot(seen[:, 0], seen[:, 1]), 1)
    np.testing.assert_allclose(np.arctan2(seen[:, 1], seen[:, 0]) % (2 * np.pi), points[:, 0])
    np.testing.assert_allclose(see(domain.turned(points), inputs, None), seen, atol=1e-12)
    if inputs is CYLINDER:
        np.testing.assert_array_equal(seen[:, 2], points[:, 1])


def test_a_grid_has_about_the_same_spacing_on_all_axes():
    points = place(150, np.zeros(2), np.array([3.0, 2.0]), "equidistant", "fit", 0)
    across, along = (np.diff(np.unique(points[:, axis])) for axis in (0, 1))
    np.testing.assert_allclose(across, 0.2)
    np.testing.assert_allclose(along, 0.2)
    with pytest.raises(ConfigError, match="nearest that do: ") as told:
        place(151, np.zeros(2), np.array([3.0, 2.0]), "equidistant", "fit", 0)
    fitting = int(str(told.value).rpartition(" ")[2])
    assert (
        len(place(fitting, np.zeros(2), np.array([3.0, 2.0]), "equidistant", "fit", 0)) == fitting
    )


def test_axes_are_named_with_their_units():
    assert axis_labels(CIRCLE) == ["angle x (rad)"]
    assert axis_labels(TORUS) == ["angle 1 (rad)", "input 2"]
    assert axis_labels(CYLINDER) == ["angle 1 (rad)", "input 2"]


def test_a_view_must_close_and_give_one_input_for_each_sample():
    points = np.linspace(0.1, 6, 4)[:, None]
    require_closed(points, CIRCLE, HORSE)
    open_view = View(function="test_domains:half_turn")
    with pytest.raises(DataError, match="test_domains:half_turn: not the same after a whole turn"):
        require_closed(points, CIRCLE, open_view)
    require_closed(points, CIRCLE.model_copy(update={"period": 4 * np.pi}), open_view)
    with pytest.raises(NetworkError, match=r"view test_domains:failing.*no light"):
        see(points, CIRCLE, View(function="test_domains:failing"))
    with pytest.raises(DataError, match="one finite input for each sample"):
        see(points, CIRCLE, View(function="test_domains:wrong_count"))


def test_a_reconstruction_is_trained_on_what_the_network_sees():
    settings = Training(validation=8, samples=24)
    task = Task(kind="reconstruction")
    training, validation = training_data(CIRCLE, task, settings, HORSE, None, seed=0)
    training, validation = training.read(0), validation.read(0)
    assert training.inputs.shape == (24, 1, 16, 16)
    assert validation.inputs.shape == (8, 1, 16, 16)
    np.testing.assert_array_equal(training.inputs, training.targets)
    again, _ = training_data(CIRCLE, task, settings, HORSE, None, seed=0)
    np.testing.assert_array_equal(training.inputs, again.read(0).inputs)


def horse_experiment(**changes):
    """The rotating horse as plain values, smaller, with some of its keys replaced."""
    content = Experiments("config/experiments")._content("rotating-horse", ())
    for name in ("fine", "coarse"):
        content["networks"][name]["view"] = HORSE.plain()
    content["networks"]["fine"]["arguments"] = {"size": 16, "channels": [4], "code": 8}
    content["networks"]["coarse"]["arguments"] = {"size": 16, "channels": [4], "code": 5}
    return content | changes


def tried(content):
    """Validate and try an experiment out as the workflow does; returns the one line it says."""
    with pytest.raises((ConfigError, DataError, NetworkError)) as told:
        check_experiment("horse.yaml", Experiment.model_validate(content))
    assert "\n" not in str(told.value)
    return str(told.value)


def with_view(**arguments):
    content = horse_experiment()
    function = f"sametask.examples.scenes:{'mesh' if 'path' in arguments else 'horse'}"
    content["networks"]["coarse"]["view"] = {"function": function, "arguments": arguments}
    return content


def test_the_horse_passes_the_check():
    check_experiment("horse.yaml", Experiment.model_validate(horse_experiment()))


def test_a_camera_inside_the_object_is_named_before_training():
    said = tried(with_view(distance=0.5))
    assert said.startswith(
        "horse.yaml: networks.coarse: view sametask.examples.scenes:horse: distance: 0.5"
    )


def test_a_mesh_that_cannot_be_read_is_named_before_training(tmp_path):
    pytest.importorskip("trimesh")
    assert "no.obj" in tried(with_view(path=str(tmp_path / "no.obj")))
    (tmp_path / "empty.stl").write_bytes(b"")
    assert "empty.stl" in tried(with_view(path=str(tmp_path / "empty.stl")))


def test_a_reconstruction_puts_out_what_comes_in():
    content = horse_experiment()
    content["networks"]["coarse"] |= {
        "factory": "sametask.examples.small_networks:cnn",
        "arguments": {"size": 16, "channels": [4], "features": 6, "classes": 3},
        "layers": "features",
    }
    said = tried(content)
    assert said.endswith("reconstruction, but it puts out (3,) for (1, 16, 16)")


def test_more_neurons_than_the_layer_has_are_refused_before_training():
    said = tried(horse_experiment(reconstruct={"neurons": 6}))
    assert said.startswith(
        "horse.yaml: networks.coarse: reconstruct.neurons: 6 asked for, but code"
    )
    assert "5 measured neurons" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"geometry": {"source": "jacobian"}}, "valid: covariance"),
        ({"inputs": {"domain": "circle", "period": -1}}, "greater than 0"),
        (
            {
                "inputs": {
                    "domain": "product",
                    "axes": [
                        {"domain": "circle"},
                        {"domain": "interval", "low": 0.3, "high": -0.2},
                    ],
                }
            },
            r"low \(0.3\) must be below high \(-0.2\)",
        ),
        ({"reconstruct": "inputs"}, "'input' or 'output'"),
        ({"inputs": {"domain": "array", "source": "digits"}}, "reconstruct.dimension"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        Experiment.model_validate(horse_experiment(**changes))


def test_reconstruct_can_be_one_word():
    assert Experiment.model_validate(horse_experiment(reconstruct="input")).reconstruct.of == [
        "input"
    ]


@pytest.mark.parametrize(
    ("length", "words"), [(360.0, "the nearest that do: "), (1e6, "valid: random, sobol")]
)
def test_a_grid_of_very_unequal_axes_says_what_would_fit(length, words):
    low, high = np.zeros(2), np.array([1.0, length])
    with pytest.raises(ConfigError, match=words):
        place(48, low, high, "equidistant", "fit", 0)
