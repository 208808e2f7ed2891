"""The figures of the default experiments: a scalar function, and digits."""

from statistics import mean

from figures import DIRECTIONS, Figure, evaluated, read, whitney

PAIR = "mlp-cnn"
# Three splits of the same digits into training and held-out ones.
SPLITS = ("digits", "digits-split-1", "digits-split-2")
LOSS, AGREEMENT = 0.005, 0.98


def learned(experiment, pair, wanted):
    """Check the verdict on the task of a pair, which is one of the ``wanted`` relations."""
    found = read(experiment, pair, "verdict.json")["task"]["relation"]
    words = " or ".join(wanted)
    yield Figure(
        f"{experiment} {pair}: task is {found}; wanted {words}", found in wanted, 1, at_most=False
    )


def scalar(experiment):
    """Check the scalar pair: its maps, the verdict, and inputs from a few neurons."""
    found = evaluated(experiment, "shallow-deep")
    maps = found["maps"]
    for direction, target in (("a_to_b", 4.4e-9), ("b_to_a", 2.7e-8)):
        error = maps["intrinsic"][direction]["output_mse"]
        yield Figure(f"scalar {direction}: intrinsic output_mse", error, target)
    for direction in DIRECTIONS:
        name, error = min(
            ((name, one[direction]["output_mse"]) for name, one in maps.items()),
            key=lambda entry: entry[1],
        )
        yield Figure(f"scalar {direction}: best ({name}) output_mse", error, 1e-10)
    yield Figure("scalar: alignment residual", found["alignment"]["residual"], 1e-6)
    judged = read(experiment, "shallow-deep", "verdict.json")
    low = min(interval[0] for interval in judged["r2"].values())
    yield Figure(f"scalar: {judged['relation']}, lower end of R²", low, 0.95, at_most=False)
    yield Figure("scalar: equivalent", judged["relation"] == "equivalent", 1, at_most=False)
    # There is one input, and a network of it has little to learn.
    yield from learned(experiment, "shallow-deep", ("undecided",))
    yield from whitney(experiment, "deep", target=1e-4)


def digits(*splits):
    """Check the digit networks, as means over splits."""
    runs = [evaluated(split, PAIR) for split in splits]
    yield f"digits: means over {', '.join(splits)}"
    own = {side: mean(run["networks"][side]["task"]["accuracy"] for run in runs) for side in "ab"}
    for side, accuracy in own.items():
        name = runs[0]["networks"][side]["name"]
        yield Figure(f"digits {name}: accuracy", accuracy, 0.97, at_most=False)
    for direction, target in DIRECTIONS.items():
        judged = {}
        for name in runs[0]["maps"]:
            figures = [run["maps"][name][direction] for run in runs]
            loss = own[target] - mean(one["accuracy"] for one in figures)
            judged[name] = loss, mean(one["agreement"] for one in figures)
        # One map has to reach both targets, and it is the same one on every split.
        best = max(
            judged, key=lambda name: (judged[name][0] <= LOSS, judged[name][1], -judged[name][0])
        )
        loss, agreement = judged[best]
        yield Figure(f"digits {direction}: best ({best}) accuracy lost", loss, LOSS)
        yield Figure(f"digits {direction}: best ({best}) agreement", agreement, AGREEMENT, False)
    for split in splits:
        yield from learned(split, PAIR, ("same_task",))


def other_task(experiment):
    """Check that a network that learned which half of an image is brighter is told apart."""
    yield from learned(experiment, PAIR, ("same_task",))
    for pair in ("mlp-halves", "cnn-halves"):
        others = ("a_contains_b", "b_contains_a", "other_task")
        yield from learned(experiment, pair, others)
