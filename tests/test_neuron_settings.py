"""Settings of an ensemble that cannot be, each refused in one line before anything is drawn."""

import pytest
from refusals import refusal

from sametask.config.reading import read_model
from sametask.config.sections import ensemble_checks
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.arrangement.circle import FEWEST
from sametask.neurons.shrinking.methods import MERGING
from sametask.neurons.shrinking.simplex import LARGEST

GAIT = "data: {of: gait}\nnetwork: {kind: autoencoder, outputs: 20}\n"
RECURRENT = "data: {of: gait}\nnetwork: {kind: recurrent}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("neurons: {shrink: {methods: [rho3]}}", "methods.0: did you mean 'rho2'"),
        ("neurons: {gauges: [permutatoin]}", "neurons.gauges.0: did you mean 'permutation'"),
        ("training: {schemes: [jacknife]}", "training.schemes.0: did you mean 'jackknife'"),
        ("data: {of: irsi}", "data: did you mean 'iris'"),
        ("data: {of: ecog, effect: 2}", " data.effect: less than 1"),
        ("neurons: {gauges: [none, none]}", "neurons.gauges: named twice"),
        ("neurons: {estimators: [bootstrap, bootstrap]}", "neurons.estimators: named twice"),
        ("neurons: {shrink: {layers: [5]}}", "neurons.shrink.layers: valid: 1 to 2"),
        ("neurons: {shrink: {sizes: [8, 500]}}", "neurons.shrink.sizes: 500 valid: 1 to 128"),
        (
            "network: {kind: perceptron, hidden: [600]}\nneurons: {shrink: {methods: [qpfs]}}",
            "neurons.shrink.methods: qpfs at most 500 600",
        ),
        (
            "neurons: {layer: 2, shrink: {methods: [rho1, magnitude]}}",
            "neurons.shrink.methods: magnitude outputs use rho1, rho2, medoids, own",
        ),
        (
            RECURRENT + "neurons: {gauges: [none], shrink: {methods: [rho1]}}",
            "neurons.shrink: recurrent leave it out",
        ),
        (GAIT + "neurons: {distillation: {}}", "neurons.distillation: gait leave it out"),
        (
            "data: {of: iris, held_out: 0.9}\nneurons: {distillation: {}}",
            "neurons.distillation.validation: 0.15 data.held_out, 0.9",
        ),
        ("neurons: {distillation: {rows: [20, 20]}}", "distillation.rows: 20 is named twice"),
        (GAIT + "neurons: {circle: {}}", "neurons.layer: 1, use 2"),
        (RECURRENT + "neurons: {gauges: [none], circle: {}}", "neurons.circle: recurrent"),
        (
            GAIT.replace("20", "7") + "neurons: {layer: 2, circle: {}}",
            "neurons.circle: at least 8 neurons 7 outputs",
        ),
        (
            GAIT + "neurons: {layer: 2, circle: {narrower: 3}}",
            "neurons.circle.narrower: 3 not fewer",
        ),
        (
            GAIT + "neurons: {layer: 2, circle: {dominant: [2, 30]}}",
            "neurons.circle.dominant: 30 Hz below 25",
        ),
        (
            GAIT.replace("gait", "noisy_sine") + "neurons: {layer: 2, circle: {dominant: [2]}}",
            "neurons.circle.dominant: noisy_sine only gait",
        ),
        (
            GAIT.replace("gait", "gait, points: 100") + "neurons: {ssa: {windows: [101]}}",
            "neurons.ssa.windows: 101 longer than the series of 100",
        ),
        (
            GAIT + "neurons: {ssa: {windows: [5], ranks: [9]}}",
            "neurons.ssa.ranks: 9 terms longest window, 5,",
        ),
        (GAIT + "neurons: {ssa: {windows: [5], ranks: [2], terms: 9}}", "neurons.ssa.terms: 9"),
        (
            GAIT.replace("gait", "motion_sense, files: [a.csv, b.csv]")
            + "neurons: {ssa: {windows: [5], ranks: [2]}}",
            "neurons.ssa: data.files 2 files not one series",
        ),
        (GAIT.replace("gait", "gait, points: 30"), "data.points: 30 no window of 20"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_drawn(tmp_path, text, words):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    refusal(read_model, path, Ensemble, words=words.split())


def test_settings_know_the_limits_of_what_they_ask_for():
    known = ensemble_checks.MERGING, ensemble_checks.CHOSEN, ensemble_checks.CIRCLED
    assert known == (tuple(MERGING), LARGEST, FEWEST)
