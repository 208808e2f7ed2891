"""The figures of the mower: the tables 4.1 and 4.2 of the thesis, ours beside them."""

from figures import Figure, evaluated

PAIR = "lstm-transformer"
# The steps of a slice, by the end of the experiment's name.
STEPS = {"": 25, "-10": 10, "-2": 2, "-1": 1}
SHOWN = (
    "intrinsic", "thesis", "thesis_fill_mean", "thesis_fill_zero", "direct_rbf", "affine", "knn",
)  # fmt: skip
METRICS = ("accuracy", "precision", "recall", "f1", "true_negative_rate")
# Stitched accuracy may be so much below the lower of both networks' own; agreement with the LSTM.
LOSS, AGREEMENT = 0.005, 0.97
# Target and direction, and what the thesis reports: of the target itself, and by steps of a slice.
REPORTED = {
    ("a", "b_to_a"): {
        None: (0.8789, 0.8168, 0.9926, 0.8961, 0.7526),
        25: (0.8740, 0.7956, 1.0, 0.8861, 0.7529),
        10: (0.8760, 0.8028, 0.9981, 0.8899, 0.7529),
        2: (0.8828, 0.8110, 1.0, 0.8957, 0.7642),
        1: (0.8604, 0.7766, 1.0, 0.8742, 0.7287),
    },
    ("b", "a_to_b"): {
        None: (0.9658, 0.9565, 0.9796, 0.9679, 0.9505),
        25: (0.8184, 0.8135, 0.8069, 0.8102, 0.8289),
        10: (0.8428, 0.7937, 0.9280, 0.8556, 0.7569),
        2: (0.7988, 0.8023, 0.7961, 0.7992, 0.8016),
        1: (0.7793, 0.7683, 0.7807, 0.7745, 0.7780),
    },
}


def _line(steps, name, figures, reported=()):
    ours = [f"{figures[one]:.4f}" if one in figures else "" for one in (*METRICS, "agreement")]
    told = " ".join(f"{value:.4f}" for value in reported)
    cells = " ".join(f"{one:>9}" for one in ours)
    return f"{steps:>5} {name:<18} {cells}   {told}".rstrip()


def table(runs, target, direction):
    """Yield the own figures, then those of the maps for every p; the thesis's on the right."""
    networks = {side: one["name"] for side, one in next(iter(runs.values()))["networks"].items()}
    source = "ab".replace(target, "")
    reported = REPORTED[target, direction]
    yield f"{networks[source]} -> {networks[target]}"
    short = ("accuracy", "precision", "recall", "F1", "TNR", "agreement")
    headings = " ".join(f"{one:>9}" for one in short)
    yield f"{'steps':>5} {'map':<18} {headings}   the first five, in the thesis"
    for side in (target, source):
        own = next(iter(runs.values()))["networks"][side]["task"]
        own_reported = reported[None] if side == target else ()
        yield _line("", f"{networks[side]} itself", own, own_reported)
    for steps, run in runs.items():
        # What the thesis reports of p stands beside the first map, whichever it is.
        told = [reported[steps]]
        for name in (name for name in SHOWN if name in run["maps"]):
            yield _line(steps, name, run["maps"][name][direction], told.pop() if told else ())


def judged(runs, target, direction):
    """Check the best p and map of a direction, for accuracy and for agreement."""
    networks = next(iter(runs.values()))["networks"]
    way = f"-> {networks[target]['name']}"
    found = {
        (steps, name): both[direction]
        for steps, run in runs.items()
        for name, both in run["maps"].items()
        # What is asked for is that all neurons are lifted.
        if "_fill_" not in name
    }
    lowest = min(one["task"]["accuracy"] for one in networks.values())
    metrics = {"accuracy": lowest - LOSS}
    if target == "a":
        metrics["agreement"] = AGREEMENT
    for metric, least in metrics.items():
        best = max(found, key=lambda one: found[one].get(metric, 0))
        what = f"{way}: best (p = {best[0]}, {best[1]}) {metric}"
        yield Figure(what, found[best].get(metric, 0), least, at_most=False)


def vibration(experiment):
    """Show both tables and check what the best slices and maps reach, of all lengths."""
    runs = {steps: evaluated(experiment + suffix, PAIR) for suffix, steps in STEPS.items()}
    for target, direction in REPORTED:
        yield from table(runs, target, direction)
    for target, direction in REPORTED:
        yield from judged(runs, target, direction)
