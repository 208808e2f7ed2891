"""Small made-up stores of a population of networks, and of what was told of it."""

import numpy as np
import torch

from sametask.populations.layout import dense_layers
from sametask.populations.stored import CHECKPOINT, FIGURES, NETWORK, Facts, StoredPopulation
from sametask.storage import store
from sametask.weights.scores import Score, explained, explained_within, macro_f1
from sametask.weights.statistics import STATISTICS, all_statistics

NETWORKS, EPOCHS = 24, (0, 1, 5, 9)
DENSE = dense_layers([16, 5, 4])
KINDS = {"activation": ["tanh", "relu"], "initialiser": ["uniform", "xavier_normal", "normal"]}
FACTS = {"population": "made-up", "statistics": "extremes", "source": None}


def digest(path, kind):
    return store.open_store(path, kind).digest


def write_population(folder, layers=DENSE, kinds=KINDS, seed=0, lost=()):
    """Networks that become more right; ``lost`` are pairs of a network and a checkpoint."""
    random, shape = np.random.default_rng(seed), (NETWORKS, len(EPOCHS))
    count = sum(layer.of_units.size for layer in layers)
    weights = random.standard_normal((*shape, count)).astype(np.float32)
    present = np.ones(shape, bool)
    for network, checkpoint in lost:
        present[network, checkpoint] = False
        weights[network, checkpoint] = np.nan
    accuracy = 0.25 + 0.06 * np.array(EPOCHS) * random.uniform(0.5, 1, (NETWORKS, 1))
    places = {name: (values, np.arange(NETWORKS) % len(values)) for name, values in kinds.items()}
    path = folder / "population.zarr"
    with store.create(path, "population") as writer:
        writer.array("weights", weights, [*CHECKPOINT, "weight"])
        writer.array("present", present, CHECKPOINT)
        for name in FIGURES:
            writer.array(name, np.where(present, accuracy, np.nan), CHECKPOINT)
        split = (np.arange(NETWORKS) // 2 % 2).astype(np.int8)
        numbers = {"dropout": random.uniform(size=NETWORKS), "learning_rate": np.ones(NETWORKS)}
        Facts(np.array(EPOCHS), layers, split, places, numbers).write(writer)
    return path


def mixed_population(folder):
    """Networks with tanh and with ReLU; two checkpoints are absent."""
    return StoredPopulation.read(write_population(folder, lost=[(3, 2), (5, 3)]))


def drawn(count, numbers=100, seed=0):
    """Rows of numbers, such as weights of networks."""
    return torch.randn(count, numbers, generator=torch.Generator().manual_seed(seed))


def write_statistics(folder, population):
    networks = store.open_store(population, "population")
    path, parents = folder / "statistics.zarr", {"population": networks.digest}
    with store.create(path, "statistics", parents=parents) as writer:
        for scope, values in all_statistics(networks["weights"], DENSE).items():
            writer.array(scope, values, [*CHECKPOINT, "part", "statistic"])
        writer.attributes["statistics"] = list(STATISTICS)
    return path


def write_view(folder, population, space="weights"):
    path, rows = folder / "views" / f"{space}.zarr", np.arange(3 * NETWORKS)
    parents = {"population": digest(population, "population")}
    with store.create(path, "view", parents=parents) as writer:
        writer.array("network", rows % NETWORKS, ["row"])
        writer.array("checkpoint", rows // NETWORKS, ["row"])
        writer.array("places", np.random.default_rng(1).uniform(size=(len(rows), 2)), ["row"])
    return path


def _answers(whole, kind, test, classes, error):
    """True values (n, E) of held-out networks, and what is told of them, with an ``error``."""
    draw, shape = np.random.default_rng(2), (len(test), len(EPOCHS))
    if classes:
        true = np.broadcast_to(whole[f"classes/{kind}"][test][:, None], shape)
        return true, np.where(draw.random(shape) < error, (true + 1) % len(classes), true)
    accuracy = whole["test/accuracy"].astype(float)[test]
    true = np.broadcast_to(np.array(EPOCHS, float), shape) if kind == "epoch" else accuracy
    return true, true + error * draw.standard_normal(shape)


def write_told(
    folder, population, name, predictor, networks=None, error=0.05, losses=(0.5, 0.2, 0.3), **facts
):
    """What a predictor tells: the truth with an ``error``. ``facts`` replace its attributes."""
    whole = store.open_store(population, "population")
    test = np.flatnonzero(whole["split"] == 1)
    kind = name.removeprefix("shuffled-")
    classes = whole.attributes["classes"].get(kind, [])
    true, told = _answers(whole, kind, test, classes, error)
    counted = np.broadcast_to(np.array(EPOCHS) > 0, true.shape)
    scores = (
        _of_classes(told, true, counted, classes) if classes else _of_numbers(told, true, counted)
    )
    path = folder / "told" / name / str(networks or "all") / f"{predictor}.zarr"
    with store.create(path, "told", parents={"population": whole.digest}) as writer:
        writer.array("network", test, NETWORK)
        writer.array("predicted", told, CHECKPOINT)
        writer.array("by_checkpoint", [1.0, -9.0, 0.4, np.nan], ["checkpoint"])
        curve = {"steps": [10, 20, 30], "learned": [0.9, 0.5, 0.1], "judged": losses}
        for part, values in curve.items() if losses else ():
            writer.array(f"curve/{part}", values, ["check"])
        writer.attributes |= scores | {
            "property": name, "predictor": predictor, "networks": networks, "seed": 0,
            "classes": classes, "counts": {"learn": (networks or 12) - 2, "choose": 2},
            "parameters": 1234, "seconds": 2.5, "chosen_by": 1 - error, "tau": 1 - error,
        } | facts  # fmt: skip
    return path


def _of_numbers(told, true, counted):
    given = told, np.nan_to_num(true), counted & np.isfinite(true), 0
    within = explained_within(*given).plain()
    return {"r2": explained(*given).plain(), "r2_within": within}


def _of_classes(told, true, counted, classes):
    counts = np.zeros((len(true), len(classes), len(classes)))
    for row, column in np.argwhere(counted):
        counts[row, true[row, column], told[row, column]] += 1
    score = macro_f1(counts, 0).plain()
    return {"f1": score, "f1_last": score, "confusion": counts.sum(axis=0).astype(int).tolist()}


SCORE = Score(0.6, 0.7, 0.8).plain()
AUTOENCODERS = ("pca-raw", "perceptron-aligned", "perceptron-aligned-noisy-code")


def write_codes(folder, population, name):
    """Codes of an autoencoder; that of principal components is not trained."""
    path, parents = (
        folder / "codes" / f"{name}.zarr",
        {"population": digest(population, "population")},
    )
    with store.create(path, "codes", parents=parents) as writer:
        writer.array("by_checkpoint", [1.0, -2.0, 0.5, 0.7], ["checkpoint"])
        if not name.startswith("pca"):
            for part in ("steps", "learned", "judged"):
                writer.array(f"curve/{part}", [3.0, 2.0, 1.0], ["check"])
        scores = dict.fromkeys(("r2", "kept_accuracy"), SCORE)
        writer.attributes |= scores | {"parameters": 4321}
    return path


def write_noise(folder, population):
    path, ratios = folder / "noise.zarr", [-20, 0, 20]
    with store.create(
        path, "noise", parents={"population": digest(population, "population")}
    ) as writer:
        writer.array("r2", np.full((3, 2, 3, 3), 0.5), ["autoencoder", "place", "ratio", "end"])
        shape = 3, 2, len(EPOCHS)
        writer.array("by_checkpoint", np.full(shape, 0.5), ["autoencoder", "place", "checkpoint"])
        writer.attributes |= {"autoencoders": AUTOENCODERS, "ratios": ratios, "learned_at": 10.0}
        more = {"lowest": Score(9.91, 10.05, 10.2).plain(), "highest": SCORE}
        found = {"input": more | {"helps_until": -5}, "code": more | {"helps_until": None}}
        writer.attributes["findings"] = found
    return path


def write_attention(folder, population, tokens=10):
    path = folder / "attention.zarr"
    with store.create(
        path, "attention", parents={"population": digest(population, "population")}
    ) as writer:
        writer.array("accuracy", np.linspace(0.2, 0.8, 6), ["network"])
        maps = np.random.default_rng(0).dirichlet(np.ones(tokens), size=(6, 4, tokens))
        writer.array("maps/last", maps, ["network", "head", "from", "to"])
        correlations = np.corrcoef(maps.reshape(6, -1))
        writer.array("correlations/last", correlations, ["network", "other"])
        found = {"share": SCORE, "even": 0.4, "with_accuracy": -0.1}
        found |= dict.fromkeys(("weak", "strong", "excess"), SCORE)
        last = {"last": found | {"with_accuracy": 0.25}}
        said = {"findings": {"last": found}, "findings_last": last}
        writer.attributes |= {"autoencoder": "attention-2-raw", **said}
    return path


def paths_of(population, **lists):
    """The inputs of the rule of the page."""
    return {"population": population} | lists
