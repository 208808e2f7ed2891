"""The figures of what weights reveal: accuracy, hyper-parameters, codes, pairs of networks."""

from figures import RESULTS, Figure, read
from sametask.storage.store import open_store

# R² of linear regressions in the source's table 5, on tetris.
SOURCE = {"weights": 0.48, "whole": 0.86, "layers": 0.87, "units": 0.89}
APART = 0.05
# What of the predictors knows nothing of the images.
AT_IMAGES = "probes-images"


def told(population, name, networks="all"):
    """What is stored of each predictor of a property; the best by validation first."""
    folder = RESULTS / "populations" / population / "told" / name / networks
    stores = {path.stem: open_store(path, "told") for path in sorted(folder.glob("*.zarr"))}
    if not stores:
        # Says which file is missing.
        read("populations", population, "told", name, networks)
    found = {name: store.attributes for name, store in stores.items()}
    return dict(sorted(found.items(), key=lambda one: -one[1]["chosen_by"]))


def _line(population, name, predictor, score):
    low, high = score["low"], score["high"]
    return (
        f"{population} {name} by {predictor:<26} {score['estimate']:.3f} ({low:.3f} to {high:.3f})"
    )


def all_told(population, name, kind):
    """Yield a line of text for each predictor of a property."""
    for predictor, facts in told(population, name).items():
        line = _line(population, name, predictor, facts[kind])
        yield (
            f"{line}; within checkpoints {facts['r2_within']['estimate']:.3f}"
            if kind == "r2"
            else line
        )


def regime(population):
    """Check that linear regressions are as good as those of the source."""
    facts = told(population, "accuracy")
    for seen, wanted in SOURCE.items():
        value = abs(facts[f"linear-{seen}"]["r2"]["estimate"] - wanted)
        yield Figure(f"{population}: linear R² on {seen}, off {wanted}", value, APART)


def guarded(population, name, limit=0.05):
    """Check that shuffled answers cannot be told."""
    for predictor, facts in told(population, f"shuffled-{name}").items():
        kinds = len(facts["classes"])
        value = facts["f1"]["estimate"] - 1 / kinds if kinds else facts["r2"]["estimate"]
        yield Figure(f"{population}: shuffled {name} by {predictor}, off chance", abs(value), limit)


def best(population, name, kind, target, without=()):
    """Check the predictor that was best on networks kept to choose by."""
    for predictor, facts in told(population, name).items():
        if predictor not in without:
            what = f"{population}: {name} by {predictor}, {kind}"
            yield Figure(what, facts[kind]["estimate"], target, at_most=False)
            return


def accuracy(one, many):
    """Check accuracy from the weights of 500 networks, without data, and of 2,500."""
    yield from regime(one)
    yield from best(one, "accuracy", "r2", 0.93, without=[AT_IMAGES])
    yield from best(many, "accuracy", "r2", 0.96)
    yield from guarded(one, "accuracy")
    for population in (one, many):
        yield from all_told(population, "accuracy", "r2")


def hyper(population):
    """Check hyper-parameters, beside the exact limit of untrained networks."""
    yield from best(population, "accuracy", "r2", 0.89)
    yield from best(population, "activation", "f1", 0.90)
    yield from best(population, "activation", "f1_last", 0.97)
    yield from best(population, "initialiser", "f1", 0.58)
    for name in ("activation", "initialiser"):
        yield from guarded(population, name)
        yield from all_told(population, name, "f1")
    limit = read("populations", population, "limit.json")
    for kind in ("stored", "simulated"):
        yield _line(population, "initialiser at epoch 0", f"likelihood, {kind}", limit[kind]["f1"])


def weights(one, symmetric, many, differing, tasks, digits):
    """Check everything."""
    yield from accuracy(one, many)
    yield from hyper(differing)
