"""The parts of a population's page beside what is told: each only where its stores are."""

from typing import get_args

import pytest
from population_pages import drawn, page_of, score
from population_stores import (
    AUTOENCODERS,
    FACTS,
    paths_of,
    write_attention,
    write_codes,
    write_noise,
    write_population,
    write_statistics,
    write_told,
)

from sametask.config.sections.study_section import PREDICTORS, Study
from sametask.report.data.population import read_studied
from sametask.report.data.weights_source import SOURCES
from sametask.report.pictures.population.attention import _tokens
from sametask.report.wording.autoencoders import autoencoder_words
from sametask.report.wording.population import difference_text, predictor_words
from sametask.storage.json_files import write_json
from sametask.weights.scores import Score
from sametask.weights.statistics import VARIANTS


def test_pairs_are_shown_where_they_were_compared(tmp_path):
    scores = ["task share", "raw weights", "principal components"]
    row = {"similarities": {"task share": 0.9}, "distances": dict.fromkeys(scores[1:], 2.0)}
    kinds = [("same task", 9), ("other task", 9), ("other task, same start", 9),
             ("earlier checkpoint", 1), ("own earlier checkpoint", 5)]  # fmt: skip
    areas = {kind: {score: [0.4, 0.5, 0.6] for score in scores} for kind, _ in kinds[1:3]}
    rows = [row | {"why": why, "b": {"epoch": epoch}} for why, epoch in kinds]
    path = tmp_path / "pairs.json"
    write_json(path, {"scores": scores, "areas": areas, "pairs": rows})
    page = page_of(tmp_path, paths_of(write_population(tmp_path), pairs=[path]))
    assert "pairs" in drawn(page)
    assert "0.5000 [0.4000, 0.6000] of task share, 0.5000" in page.text


def test_autoencoders_noise_and_attention_have_their_parts(tmp_path):
    population = write_population(tmp_path)
    codes = [write_codes(tmp_path, population, name) for name in AUTOENCODERS]
    told = tmp_path / "codes.json"
    write_json(told, {"accuracy": {"pca-raw": {"linear": {"r2": score(0.54)}}}})
    one = {
        "told_from_codes": [told],
        "noise": [write_noise(tmp_path, population)],
        "attention": [write_attention(tmp_path, population)],
    }
    page = page_of(tmp_path, paths_of(population, codes=codes, **one), source="tetris")
    assert {"codes-by-epoch", "codes-training", "noise", "noise-by-epoch", "attention",
            "attention-correlations"} < drawn(page)  # fmt: skip
    rows = {row[0][0]: [cell for cell, _ in row[1:]] for row in page.rows if row}
    whole = "0.700 [0.600,\u00a00.800]"
    kept, told = [whole, "–", "0.700", "–"], ["0.540", "–"]
    assert rows["principal components, raw order"] == [*kept, *told, "0.352", "4,321"]
    assert "helps up to −5 dB: R² is larger by 10.050" in page.text
    assert "noise on the codes helps nowhere" in page.text
    # A difference of R² may be larger than 1, where an R² is told by what it misses.
    assert "by 10.050 [9.910,\u00a010.200] at −20 dB" in page.text
    assert (
        "if all tokens were looked at alike. Kendall’s τ of this share with accuracy is −0.100"
        in (page.text)
    )
    assert "where accuracy does not stand for the epoch, it is 0.250" in page.text
    noisy = "perceptron, aligned, learned with noise on the codes"
    assert rows[noisy][4:7] == ["–", "–", "–"] and rows["Weights in raw order"] == []


def test_differences_have_signs_but_for_zero():
    assert difference_text(Score(-0.25, -0.0001, 12)) == "0.000 [−0.250,\u00a012.000]"


@pytest.mark.parametrize(
    ("tokens", "first"), [(10, "global"), (11, "global 1"), (9, "hidden 1"), (2, "1")]
)
def test_tokens_have_the_names_of_units(tmp_path, tokens, first):
    studied = read_studied(paths_of(write_population(tmp_path)), FACTS, None)
    names = _tokens(studied, tokens)
    assert len(names) == tokens and names[0] == first
    assert tokens < 9 or names[-9:] == [*(f"hidden {n}" for n in range(1, 6)),
                                        *(f"output {n}" for n in range(1, 5))]  # fmt: skip


def test_autoencoders_have_words_and_others_keep_their_names():
    assert autoencoder_words("attention-2-raw") == "attention II, raw order"
    for odd in ("pca", "pca-sideways", "own-raw", "pca-raw-noisy-end"):
        assert autoencoder_words(odd) == odd


def test_statistics_stand_beside_those_of_the_source(tmp_path):
    population = write_population(tmp_path)
    both = {"pearson": score(0.51), "spearman": score(-0.62)}
    found = {
        "variance": {"together": both, "within": both, "regression": {"r2": score(0.4)}},
        "all": {"regression": {"r2": score(0.8)}},
    }
    path = tmp_path / "correlations.json"
    write_json(path, found)
    paths = paths_of(
        population, statistics=[write_statistics(tmp_path, population)], correlations=[path]
    )
    page = page_of(tmp_path, paths, source="tetris")
    one, whole = ([cell for cell, _ in row] for row in page.rows[-2:])
    assert one[1:5] == ["0.510 [0.500,\u00a00.520]", "0.86", "−0.620 [−0.630,\u00a0−0.610]", "0.88"]
    assert whole[:3] == ["all of these", "–", "–"] and whole[-1] == "0.86"
    alone = page_of(tmp_path, paths)
    assert len(alone.rows[-1]) == 5


def test_what_can_be_told_before_the_training_stands_beside_initialisers(tmp_path):
    population = write_population(tmp_path)
    limit = tmp_path / "limit.json"
    write_json(limit, {kind: {"f1": score(0.96)} for kind in ("stored", "simulated")})
    told = [
        write_told(tmp_path, population, name, "sets") for name in ("initialiser", "activation")
    ]
    page = page_of(tmp_path, paths_of(population, told=told, limit=[limit]))
    assert page.text.count("On average no predictor can do better there.") == 1
    assert page.text.count("Star: what can be told") == 1


def test_every_source_of_a_study_is_known_and_speaks_of_predictors_that_there_are():
    allowed, _ = get_args(Study.model_fields["source"].annotation)
    assert set(get_args(allowed)) == set(SOURCES)
    for source in SOURCES.values():
        assert {name for told in source.told.values() for name in told} <= set(PREDICTORS)
        assert not source.correlations or {*source.correlations} == {*VARIANTS["extremes"], "all"}


def test_all_predictors_have_words():
    words = [predictor_words(name) for name in PREDICTORS]
    assert len(set(words)) == len(words) and not set(words) & set(PREDICTORS)
