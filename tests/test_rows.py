"""Equal rows of a data set stand on one side, and no test sample of a domain is a fit sample."""

import numpy as np
import pytest
from refusals import refusal
from workflow_helpers import TINY, network, script, write_yaml

from sametask.base.randomness import generator
from sametask.check import check_experiment
from sametask.cli.main import main
from sametask.config import Experiment
from sametask.config.sections.input_sections import Array, Box, Circle, Interval, Product
from sametask.config.sections.network_sections import Training
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_own, draw_samples, draw_shared, training_data
from sametask.inputs.data_sets import arrays
from sametask.inputs.data_sets.arrays import Table
from sametask.inputs.data_sets.equal_rows import divide, first_rows
from sametask.storage import store

# Fifty rows four times.
ROWS = np.tile(np.random.default_rng(0).normal(size=(50, 3)), (4, 1))


def section(path):
    return Array(domain="array", source=str(path))


def wanted(fit, test, **others):
    return Samples(fit=fit, test=test, placement="random", **others)


@pytest.fixture
def copies(tmp_path):
    np.save(tmp_path / "data.npy", ROWS)
    return section(tmp_path / "data.npy")


def sets(*draws):
    """The distinct inputs of some draws, as sets of bytes; -0.0 is 0.0."""
    return [{(row + 0.0).tobytes() for row in drawn.inputs} for drawn in draws]


@pytest.mark.parametrize("counts", [(140, 60), (120, 40), (30, 20), (25, 25), (148, 50), (8, 192)])
@pytest.mark.parametrize("seed", [0, 1])
def test_equal_rows_are_on_one_side_and_the_numbers_are_met(copies, counts, seed):
    fit, test = (
        draw_samples(copies, wanted(*counts), None, seed)[part] for part in ("fit", "test")
    )
    assert (len(fit.inputs), len(test.inputs)) == counts
    assert len(np.unique(np.concatenate([fit.rows, test.rows]))) == sum(counts)
    one, other = sets(fit, test)
    assert not one & other
    # As long as there are enough distinct rows, none is drawn twice.
    if sum(counts) <= 50:
        assert (len(one), len(other)) == counts


@pytest.mark.parametrize(
    ("counts", "words"),
    [((151, 49), "fit: 148 is the most beside test: 49"), ((190, 20), "fit: 180 is the most")],
)
def test_too_few_distinct_rows_are_told(copies, counts, words):
    told = "200 rows, 50 of them distinct"
    refusal(lambda: draw_samples(copies, wanted(*counts), None, 0), words=[told, words])
    most = int(words.split()[1])
    assert len(draw_samples(copies, wanted(most, counts[1]), None, 0)["fit"].inputs) == most


def test_one_row_many_times_leaves_the_others_to_test_with():
    order = generator(0, "any").permutation(150)
    first = np.where(np.arange(150) < 100, 0, np.arange(150))
    test, fit = divide(order, first, 20, 120)
    assert (len(test), len(fit)) == (20, 120) and test.min() >= 100
    assert divide(order, np.zeros(150, dtype=int), 20, 30) == 0


@pytest.mark.parametrize("values", [ROWS[:50], np.arange(150.0).reshape(50, 3), ROWS[:50] > 0])
def test_rows_without_copies_are_drawn_as_ever(tmp_path, values):
    values = np.concatenate([values, np.arange(50)[:, None]], axis=1)
    np.save(tmp_path / "data.npy", values)
    drawn = draw_samples(section(tmp_path / "data.npy"), wanted(25, 20), None, 3)
    order = generator(3, "rows").permutation(50)
    np.testing.assert_array_equal(drawn["test"].rows, np.sort(order[:20]))
    np.testing.assert_array_equal(drawn["fit"].rows, np.sort(order[20:45]))


@pytest.mark.parametrize("dtype", ["f8", ">f4", "f2", "i8", "u1", "?"])
@pytest.mark.parametrize("shape", [(40,), (2, 5, 4)])
def test_rows_of_any_kind_are_equal_if_all_their_values_are(monkeypatch, dtype, shape):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 7 * 40 * np.dtype(dtype).itemsize)
    values = np.random.default_rng(0).integers(0, 2, (30, *shape)).astype(dtype)
    values[[7, 29]] = values[3]
    if dtype == "f8":
        values[29] *= np.where(values[29] == 0, -1, 1)
        values[[10, 11]] = np.nan
    expected = np.arange(30)
    expected[[7, 29]] = 3
    np.testing.assert_array_equal(first_rows(Table("data", values, None)), expected)


def test_networks_do_not_share_copies_beside_the_anchors(copies):
    settings = wanted(12, 20, anchors=2)
    shared = draw_shared(copies, settings, None, 0, 4)
    fits = [
        draw_own(copies, settings, None, 0, shared, name, (k, 2)) for k, name in enumerate("ab")
    ]
    test, pool, one, other = sets(shared["test"], shared["pool"], *fits)
    assert [len(some) for some in (test, pool, one, other)] == [20, 4, 12, 12]
    assert len(one & other) == len(one & pool) == 2 and not test & (one | other | pool)
    more = wanted(16, 20, anchors=2)
    words = ["need 28, but 26 of 50 distinct rows", "fit: 15 is the most"]
    refusal(lambda: draw_own(copies, more, None, 0, shared, "a", (0, 2)), words=words)
    refusal(
        lambda: draw_shared(copies, more, None, 0, 31), words=["50 of them distinct", "test: 19"]
    )


def test_no_copy_of_a_test_row_is_trained_on_and_none_of_a_training_row_validates(copies):
    held_out = draw_samples(copies, wanted(30, 20), None, 0)["test"]
    settings = Training(validation=12)
    task = Task(kind="reconstruction")
    parts = training_data(copies, task, settings, None, held_out.rows, 0)
    tested, trained, kept = sets(held_out, *(one.read(0) for one in parts))
    assert not tested & (trained | kept) and not trained & kept
    assert parts[1].sizes == (12,) and (len(trained), len(kept)) == (18, 12)
    parts = training_data(copies, task, Training(validation=40), None, held_out.rows, 0)
    trained, kept = sets(*(one.read(0) for one in parts))
    assert parts[1].sizes == (40,) and (len(trained), len(kept)) == (20, 10)
    everything = Training(validation=120)
    refusal(
        lambda: training_data(copies, task, everything, None, held_out.rows, 0),
        words=["train.validation: 120", "without copies of test samples"],
    )


# What is told of it.


@pytest.fixture
def experiment(copies):
    return TINY | {
        "inputs": {"domain": "array", "source": copies.source},
        "samples": {"fit": 30, "test": 20},
        "task": {"kind": "reconstruction"},
        "networks": {name: network([3, 4, 3], "tanh1") for name in ("one", "two")},
    }


def test_the_check_tells_of_equal_rows(tmp_path, experiment, capsys):
    write_yaml(tmp_path / "tiny.yaml", experiment)
    main(["check", str(tmp_path / "tiny.yaml")])
    fine, note = capsys.readouterr().out.splitlines()
    assert "is fine" in fine
    assert "150 of the 200 rows of the data set have exactly the inputs of an earlier row" in note
    assert "Distinct" not in note
    many = experiment | {"samples": {"fit": 140, "test": 60}}
    (note,) = check_experiment("tiny", Experiment.model_validate(many))
    assert note.endswith(
        "Distinct are 35 of 140 fit and 15 of 60 test samples. Intervals are too narrow."
    )


def test_the_check_finds_that_nothing_is_left_to_train_on(experiment):
    training = {"samples": 64, "validation": 130, "epochs": 1}
    networks = {name: network([3, 4, 3], "tanh1", train=training) for name in ("one", "two")}
    asked = Experiment.model_validate(experiment | {"networks": networks})
    refusal(lambda: check_experiment("tiny", asked), words=["networks.one", "validation: 130"])


@pytest.mark.parametrize("anchors", [None, 2])
def test_the_store_of_samples_says_which_rows_are_equal(copies, tmp_path, anchors):
    settings = wanted(12, 20, anchors=anchors)
    script("draw_samples")(tmp_path / "all.zarr", copies, settings, None, 0, 4, {})
    drawn = store.open_store(tmp_path / "all.zarr", "samples")
    np.testing.assert_array_equal(drawn["first_rows"], np.arange(200) % 50)
    assert (drawn.attributes["rows"], drawn.attributes["equal_rows"]) == (200, 150)
    if anchors is None:
        return
    place = tmp_path / "own.zarr"
    given = copies, settings, None, 0, (0, 2), {}
    script("draw_own_samples")(tmp_path / "all.zarr", place, "a", *given)
    own = store.open_store(place, "samples")
    np.testing.assert_array_equal(own["first_rows"], drawn["first_rows"])
    assert own.attributes["distinct"] == {"fit": [12, 12], "test": [20, 20], "pool": [4, 4]}


def test_a_simulation_that_repeats_itself_is_refused(tmp_path, monkeypatch, experiment):
    text = (
        "import numpy\n\n\ndef same(count, seed):\n    return {'inputs': numpy.ones((count, 3))}\n"
    )
    (tmp_path / "own_rows.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    made = {"domain": "array", "simulate": {"function": "own_rows:same", "count": 20000}}
    asked = Experiment.model_validate(experiment | {"inputs": made})
    words = ["inputs.simulate: the same rows for every seed", "10,000"]
    refusal(lambda: check_experiment("tiny", asked), words=words)


# Domains.

LINE = Interval(domain="interval", low=-1.0, high=1.0)
CIRCLE = Circle(domain="circle", period=360.0)
BOX = Box(domain="box", low=[0.0, 0.0], high=[1.0, 1.0])
PRODUCT = Product(domain="product", axes=[LINE, CIRCLE])


@pytest.mark.parametrize(
    ("inputs", "fit", "test", "shift", "met"),
    [
        (LINE, 50, 20, 0.0, 10),
        (LINE, 50, 50, 0.04, 49),
        (LINE, 50, 50, -0.12, 47),
        (CIRCLE, 36, 36, 360.0, 36),
        (CIRCLE, 36, 36, 10.0, 36),
        (BOX, 100, 25, 0.0, 25),
        (PRODUCT, 180, 180, 0.0, 180),
    ],
)
def test_test_samples_on_fit_samples_are_refused(inputs, fit, test, shift, met):
    settings = Samples(fit=fit, test=test, test_shift=shift)
    words = [f"samples.test_shift: {met} of {test} test samples are fit samples", "random or sobol"]
    refusal(lambda: draw_samples(inputs, settings, None, 0), words=words)
    for other in ({"test_shift": shift + 0.003}, {"placement": "sobol"}):
        assert (
            len(draw_samples(inputs, settings.model_copy(update=other), None, 0)["test"].inputs)
            == test
        )


def test_the_check_refuses_them_too():
    content = TINY | {"samples": {"fit": 48, "test": 24}}
    asked = Experiment.model_validate(content)
    words = ["tiny: samples.test_shift: 24 of 24 test samples"]
    refusal(lambda: check_experiment("tiny", asked), words=words)
