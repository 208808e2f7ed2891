"""The figures of circles of neurons: of an ensemble, of gaits of other rhythms, of fewer units."""

from figures import Figure, read


def circles(ensemble):
    """Check period, plane and p of every gait; say what fewer hidden units cost."""
    circle = read("ensembles", ensemble, "circle.json")
    named = {f"{one['dominant']:g} Hz": one for one in circle["gaits"]}
    found_here = {
        name: one | {"expected": circle["expected"]} for name, one in circle["found"].items()
    }
    # The metric is that of the hidden units of the ensemble, from which the first estimate is;
    # descents and Bayesian networks have hidden units of their own.
    first, *others = found_here
    for name, found in (named | {first: found_here[first]}).items():
        off = abs(found["period"] - found["expected"])
        yield Figure(f"{ensemble}, {name}: period, off {found['expected']:.4g}", off, 1.0)
        plane = found["plane"]
        yield Figure(f"{ensemble}, {name}: share in a plane", plane, 0.85, at_most=False)
        yield Figure(f"{ensemble}, {name}: p", found["p"], 0.01)
        plain = found["weights"]
        yield (
            f"{ensemble}, {name}: {found['share']:.3f} of windows turns (red noise "
            f"{found['red']:.3f}); weights as they are: period {plain['period']:.2f}, share in a "
            f"plane {plain['plane']:.3f}"
        )
    for name in others:
        found = found_here[name]
        yield (
            f"{ensemble}, {name}: period {found['period']:.2f}, share in a plane "
            f"{found['plane']:.3f}, p {found['p']:.3f}"
        )
    if narrower := circle["narrower"]:
        low, ratio, high = (narrower["ratio"][end] for end in ("low", "estimate", "high"))
        few, many = narrower["hidden"]
        cost = f"{ratio:.3f} [{low:.3f}, {high:.3f}]"
        yield f"{ensemble}: error of {few} hidden units, as a ratio to {many}: {cost}"
