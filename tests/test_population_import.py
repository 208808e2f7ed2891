"""The small CNN zoo of Google, from its files to the store of a population."""

import numpy as np
import pytest
import torch
from refusals import cut, refusal
from torch.nn.functional import conv2d
from workflow_helpers import jobs_in, make_repository, planned, run, script, snakemake, write_yaml
from zoo_files import LAYOUT, STEPS, google_files

from sametask.config.sections.imported_population_section import (
    ImportedPopulation,
    kind_of_population,
)
from sametask.config.sections.population_section import Population
from sametask.populations.imported.google import read_google
from sametask.populations.stored import FIGURES, StoredPopulation
from sametask.populations.training import trained_on


def stored(folder, split=None, seed=0):
    """The population that the script of the rule makes of a folder."""
    source = {"google": str(folder)}
    settings = ImportedPopulation(source=source, split=split and str(split), seed=seed)
    path = folder.parent / "population.zarr"
    script("import_population")(path, settings, {})
    return StoredPopulation.read(path)


def refused(files, *words, split=None):
    """The line with which the files of a zoo are refused."""
    return refusal(read_google, files.folder, split, 0, words=words)


@pytest.fixture
def files(tmp_path):
    return google_files(tmp_path / "mnist")


def test_every_checkpoint_has_its_weights_and_figures(files):
    found = stored(files.write().folder)
    assert found.epochs.tolist() == list(STEPS)
    assert found.present.all() and found.weights.shape == (8, 9, 4970)
    rows = found.store["row"]
    for network, checkpoint in np.ndindex(rows.shape):
        row = files.rows[rows[network, checkpoint]]
        assert row["step"] == STEPS[checkpoint]
        assert row["modeldir"] == files.rows[rows[network, 0]]["modeldir"]
    assert np.array_equal(found.weights, files.weights[rows])
    for name in FIGURES:
        wanted = [[files.rows[row][name.replace("/", "_")] for row in some] for some in rows]
        np.testing.assert_allclose(found.figure(name), wanted, rtol=1e-6)


def test_what_a_network_was_trained_with_is_kept(files):
    found = stored(files.write().folder)
    own = [files.rows[row] for row in found.store["row"][:, 0]]
    columns = {"activation": "activation", "initialiser": "w_init", "optimiser": "optimizer"}
    for name, column in columns.items():
        assert found.values(name) == [row[f"config.{column}"] for row in own]
    numbers = {"learning_rate": "learning_rate", "weight_decay": "l2reg", "dropout": "dropout",
               "share": "train_fraction", "init_std": "init_std"}  # fmt: skip
    assert found.numbers == list(numbers)
    for name, column in numbers.items():
        wanted = [row[f"config.{column}"] for row in own]
        assert found.store[f"numbers/{name}"].tolist() == wanted


def test_halves_have_whole_networks_of_every_kind_and_another_seed_others(files):
    files = google_files(files.folder, runs=16, steps=(0, 86)).write()
    found = stored(files.folder)
    kinds = list(zip(found.values("activation"), found.values("initialiser"), strict=True))
    for kind in set(kinds):
        of_kind = [half for half, one in zip(found.split, kinds, strict=True) if one == kind]
        assert sorted(of_kind) == [0, 0, 1, 1]
    assert any((stored(files.folder, seed=seed).split != found.split).any() for seed in range(1, 5))


def forward_of_tensorflow(variables, images):
    """The scores of a network from its variables as TensorFlow keeps them, image by image."""
    for number in range(3):
        kernel, bias = variables[2 * number + 1], variables[2 * number]
        count = (images.shape[1] - 3) // 2 + 1
        maps = np.zeros((len(images), count, count, kernel.shape[-1]))
        for row, column in np.ndindex(count, count):
            patch = images[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            maps[:, row, column] = np.tensordot(patch, kernel, axes=3) + bias
        images = np.maximum(maps, 0)
    return images.mean(axis=(1, 2)) @ variables[7] + variables[6]


def test_a_network_rebuilt_from_its_layers_answers_as_in_tensorflow(files):
    found = stored(files.write().folder)
    flat = found.weights[3, 4]
    images = np.random.default_rng(1).standard_normal((5, 28, 28, 1))
    shapes = [eval(shape) for *_, shape in LAYOUT]
    parts = [flat[start:end] for _, start, end, _ in LAYOUT]
    variables = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    wanted = forward_of_tensorflow(variables, images)
    maps = torch.tensor(images).permute(0, 3, 1, 2)
    *convolutions, dense = found.layers
    weights = torch.tensor(flat).double()
    for layer in convolutions:
        kernel = weights[layer.kernel].unflatten(2, (3, 3))
        maps = conv2d(maps, kernel, weights[layer.biases[:, 0]], stride=2).relu()
    pooled = maps.mean(dim=(2, 3))
    scores = pooled @ weights[dense.kernel[..., 0]].T + weights[dense.biases[:, 0]]
    np.testing.assert_allclose(scores, wanted, rtol=1e-9, atol=1e-9)


def test_runs_that_lack_checkpoints_are_padded(files):
    lost = {("/zoo/0002", 86), ("/zoo/0002", 3), ("/zoo/0005", 0)}
    kept = [n for n, row in enumerate(files.rows) if (row["modeldir"], row["step"]) not in lost]
    files.rows, files.weights = [files.rows[n] for n in kept], files.weights[kept]
    found = stored(files.write().folder)
    assert found.present.sum() == 8 * 9 - 3
    absent = ~found.present
    assert sorted(absent.sum(axis=1))[-2:] == [1, 2]
    assert np.isnan(found.weights[absent]).all() and (found.store["row"][absent] == -1).all()
    assert np.isnan(found.figure("test/accuracy")[absent]).all()


def test_rows_without_finite_weights_or_accuracy_are_left_out_and_counted(files):
    files.weights[files.row("/zoo/0001", 40), 17] = np.inf
    files.weights[files.row("/zoo/0003", 20), 4969] = np.nan
    for step in STEPS:
        files.weights[files.row("/zoo/0006", step), 0] = np.nan
    files.rows[files.row("/zoo/0001", 0)]["test_accuracy"] = ""
    files.rows[files.row("/zoo/0001", 40)]["train_accuracy"] = "nan"
    found = stored(files.write().folder)
    assert found.store.attributes["left_out"] == {"not finite": 11, "without accuracy": 1}
    assert len(found.split) == 7 and found.present.sum() == 7 * 9 - 3
    assert np.isfinite(found.weights[found.present]).all()


def test_the_order_of_columns_does_not_matter(files):
    before = stored(files.write().folder).store.digest
    files.rows = [dict(reversed(row.items())) for row in files.rows]
    assert stored(files.write().folder).store.digest == before


def test_a_file_of_halves_names_the_runs_of_each(files, tmp_path):
    halves = tmp_path / "halves.csv"
    halves.write_text("split,modeldir\ntest,/zoo/0003\ntrain,/zoo/0001\ntrain,/zoo/0000\n")
    found = stored(files.write().folder, split=halves)
    names = [files.rows[row]["modeldir"] for row in found.store["row"][:, 0]]
    assert dict(zip(names, found.split.tolist(), strict=True)) == {
        "/zoo/0000": 0, "/zoo/0001": 0, "/zoo/0003": 1,
    }  # fmt: skip
    assert found.store.attributes["left_out"]["in no half"] == 5 * 9


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("/zoo/0001,train\n/zoo/0001,test\n", ["'/zoo/0001' is in train and in test"]),
        ("/zoo/001,train\n", ["line 2", "no run '/zoo/001'", "'/zoo/0001'"]),
        ("/zoo/0001,val\n", ["no half 'val'", "'train'"]),
        ("/zoo/0001,train\n", ["no network is in the half test"]),
    ],
)
def test_wrong_halves_are_refused(files, tmp_path, lines, words):
    halves = tmp_path / "halves.csv"
    halves.write_text(f"modeldir,split\n{lines}")
    refused(files.write(), *words, split=halves)


def test_a_missing_column_is_named_with_the_nearest(files):
    for row in files.rows:
        row["config.actvation"] = row.pop("config.activation")
    refused(files.write(), "metrics.csv.gz", "no column 'config.activation'", "'config.actvation'")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("step", "3.5", ["'3.5' is no whole number"]),
        ("step", "1e300", ["'1e300' is no whole number"]),
        ("test_accuracy", "high", ["'high' is no number"]),
        ("test_accuracy", "97.5", ["test/accuracy 97.5 is not between 0 and 1"]),
        ("config.activation", "selu", ["has the activation 'selu' and 'relu'"]),
        ("config.learning_rate", "fast", ["has the learning_rate 'fast'"]),
    ],
)
def test_a_wrong_entry_is_named(files, key, value, words):
    files.rows[files.row("/zoo/0004", 20)][key] = value
    refused(files.write(), *words)


def test_a_checkpoint_that_stands_there_twice_is_refused(files):
    files.rows[files.row("/zoo/0004", 20)]["step"] = 40
    refused(files.write(), "run '/zoo/0004' has several rows of epoch 40")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weights: weights.astype(np.float64), ["has float64, where float32"]),
        (lambda weights: weights.astype(">f4"), ["has >f4, where float32"]),
        (lambda weights: weights[0], ["has the shape (4970,)"]),
        (lambda weights: weights[:0], ["has the shape (0, 4970)"]),
        (lambda weights: weights[:-1], ["metrics.csv.gz has 72 rows, weights.npy 71"]),
        (lambda weights: weights[:, :4969].copy(), ["of 4969 weights"]),
        (lambda _: np.array([{"a": 1}]), ["truncated or no .npy file"]),
    ],
)
def test_weights_of_another_kind_are_refused(files, change, words):
    files.weights = change(files.weights)
    refused(files.write(), *words)


@pytest.mark.parametrize("name", ["weights.npy", "metrics.csv.gz"])
def test_a_file_that_is_cut_is_refused(files, name):
    path = files.write().folder / name
    cut(path, path.stat().st_size // 2)
    refused(files, name, "truncated")


@pytest.mark.parametrize("name", ["weights.npy", "metrics.csv.gz", "layout.csv"])
def test_an_empty_file_is_refused(files, name):
    (files.write().folder / name).write_bytes(b"")
    refused(files, name)


def test_a_zoo_without_rows_is_refused(files):
    files.weights[:] = np.nan
    refused(files.write(), "no checkpoint is left: {'not finite': 72")


def test_a_run_makes_the_population_and_says_what_to_download_without_it(tmp_path):
    folder = make_repository(tmp_path / "copy")
    url = "https://example.org/mnist.tar.xz"
    content = {"source": {"google": "zoos/mnist", "download": url}}
    write_yaml(folder / "config/populations/mine.yaml", content)
    target = "results/populations/mine/population.zarr"
    status, printed = snakemake(folder, target)
    line = f"no file zoos/mnist/weights.npy; download {url} and unpack it to zoos/mnist/"
    assert status == 1 and f"config/populations/mine.yaml: source: {line}" in printed
    (folder / "zoos").mkdir()
    google_files(folder / "zoos/mnist", runs=8, steps=(0, 86)).write()
    # What is asked of the weights is a matter of later rules.
    write_yaml(folder / "config/populations/mine.yaml", content | {"study": {"seed": 1}})
    statistics = "results/populations/mine/statistics.zarr"
    assert jobs_in(run(folder, statistics)) == {"import_population", "measure_statistics"}
    assert StoredPopulation.read(folder / target).weights.shape == (8, 2, 4970)
    write_yaml(folder / "config/populations/mine.yaml", content | {"study": {"seed": 2}})
    assert planned(folder, target) == set()
    write_yaml(folder / "config/populations/mine.yaml", content | {"seed": 3})
    assert planned(folder, target) == {"import_population"}


def test_what_they_were_trained_on_is_not_known():
    settings = {"source": {"google": "zoos/mnist"}, "seed": 3}
    kind = kind_of_population(settings)
    assert kind is ImportedPopulation and trained_on(kind(**settings)) is None
    assert kind_of_population({"seed": 3}) is Population
