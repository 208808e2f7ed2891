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


def coded(population, names):
    """What is stored of the autoencoders of these names; the best by validation first."""
    folder = RESULTS / "populations" / population / "codes"
    found = {path.stem: open_store(path, "codes").attributes for path in folder.glob(names)}
    if not found:
        # Says which file is missing.
        read("populations", population, "codes", names)
    return dict(sorted(found.items(), key=lambda one: -one[1]["chosen_by"]))


def codes(population, told_from):
    """Check what comes back of the codes of one population, and accuracy from those of another."""
    stores = coded(population, "*-aligned.zarr")
    best = next(iter(stores))
    reached = stores[best]["r2"]["estimate"]
    yield Figure(f"{population}: aligned R² by {best}", reached, 0.88, at_most=False)
    principal = stores["pca-aligned"]["r2"]["estimate"]
    yield Figure(
        f"{population}: aligned R² by {best}, beside PCA", reached, principal, at_most=False
    )
    taught = stores["perceptron-answers-aligned"]
    for figure in ("kept_accuracy", "kept_accuracy_last"):
        what = f"{population}: {figure}, perceptron-answers-aligned"
        yield Figure(what, taught[figure]["estimate"], 0.9, at_most=False)
    others = coded(told_from, "*.zarr")
    best = next(name for name in others if name.endswith("-aligned"))
    gained = others[best]["r2"]["estimate"] - others["pca-raw"]["r2"]["estimate"]
    what = f"{told_from}: aligned R² by {best}, more than PCA of raw weights"
    yield Figure(what, gained, 0.15, at_most=False)
    found = read("populations", told_from, "codes.json")
    for way, target in (("linear", 0.60), ("network", 0.87)):
        value = found["accuracy"][found["chosen"]][way]["r2"]["estimate"]
        what = f"{told_from}: accuracy from codes of {found['chosen']}, {way}"
        yield Figure(what, value, target, at_most=False)


def all_codes(population):
    """Yield a line of text for each autoencoder."""
    for name, facts in coded(population, "*.zarr").items():
        yield _line(population, "reconstruction", name, facts["r2"])


def studies(population):
    """Yield what noise and attention say, as the source asks."""
    for study in ("noise", "attention"):
        path = RESULTS / "populations" / population / f"{study}.zarr"
        for place, said in open_store(path, study).attributes["findings"].items():
            yield f"{population} {study}, {place}: {said}"


def pairs(population):
    """Yield the area of every score of pairs of networks."""
    for score, found in read("populations", population, "pairs.json")["areas"].items():
        yield f"{population} pairs, {score}: {found}"


def weights(one, symmetric, many, differing, tasks):
    """Check everything."""
    yield from accuracy(one, many)
    yield from codes(symmetric, one)
    yield from hyper(differing)
    for population in (one, symmetric):
        yield from all_codes(population)
        yield from studies(population)
    yield from pairs(tasks)


def weights_small(population):
    """Check the small size: that weights say something, and shuffled answers nothing."""
    yield from best(population, "accuracy", "r2", 0.3)
    yield from guarded(population, "accuracy", limit=0.1)
    yield from all_told(population, "accuracy", "r2")
