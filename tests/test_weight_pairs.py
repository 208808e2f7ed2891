"""Pairs of networks of a population: which they are, the verdict on them, and distances."""

from collections import Counter

import numpy as np
import pytest
import torch
from refusals import refusal
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from test_figures_paper import assert_legible

from sametask.base.relations import GRADED, OTHER_TASK, SAME_TASK
from sametask.config.sections.population_section import PieceImages, Population
from sametask.populations.members import facts, groups, members
from sametask.populations.networks import build
from sametask.populations.stored import CHECKPOINT, FIGURES, StoredPopulation
from sametask.populations.training import train
from sametask.report.figures.weight_pairs import KINDS, draw_weight_pairs
from sametask.statistics.ranks import rank_correlation
from sametask.statistics.roc import area
from sametask.storage import store
from sametask.weights.judged import Meeting, Network, judge
from sametask.weights.pairs.choice import choose
from sametask.weights.pairs.distances import distances, principal_codes, standardised
from sametask.weights.pairs.meetings import images, meetings
from sametask.weights.pairs.report import report
from sametask.weights.symmetries import shuffled

TASKS = ["piece", "row", "column"]
SETTINGS = Population(networks=160, epochs=6, images=PieceImages(tasks=TASKS))


def stored(folder, settings, weights):
    """A population with given weights (n, E, P), and accuracies at random."""
    draw = np.random.default_rng(0)
    with store.create(folder / "population.zarr", "population") as writer:
        writer.array("weights", weights.astype(np.float32), [*CHECKPOINT, "weight"])
        writer.array("present", np.ones(weights.shape[:2], bool), CHECKPOINT)
        for name in FIGURES:
            writer.array(name, draw.uniform(size=weights.shape[:2]), CHECKPOINT)
        facts(settings).write(writer)
    return StoredPopulation.read(folder / "population.zarr")


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    """Networks whose weights are near those of their task, in any order of their units."""
    draw = np.random.default_rng(1)
    task = np.array([TASKS.index(one.task) for one in members(SETTINGS)])
    weights = 3 * draw.standard_normal((3, 100))[task][:, None]
    weights = weights + 0.3 * draw.standard_normal((len(task), 7, 100))
    flat = torch.from_numpy(weights).flatten(0, 1)
    flips, random = torch.ones(len(flat), dtype=bool), torch.Generator().manual_seed(2)
    moved = shuffled(flat, facts(SETTINGS).layers, flips, random).unflatten(0, (-1, 7))
    return stored(tmp_path_factory.mktemp("pairs"), SETTINGS, moved.numpy())


def test_pairs_are_of_the_test_half_and_no_network_is_in_two(population):
    pairs = choose(population, 0)
    assert Counter((pair.truth, pair.why) for pair in pairs) == {
        (SAME_TASK, "same task"): 36, (OTHER_TASK, "other task"): 18,
        (OTHER_TASK, "other task, same start"): 18,
        (GRADED, "earlier checkpoint"): 18, (GRADED, "own earlier checkpoint"): 6,
    }  # fmt: skip
    used = Counter(network for pair in pairs for network in {pair.a.network, pair.b.network})
    assert set(used.values()) == {1}
    assert (population.split[list(used)] == 1).all()
    copies = [one for pair in pairs for side in (pair.a, pair.b)
              for one in (side.reference, side.untrained)]  # fmt: skip
    assert (population.split[copies] == 0).all()
    assert choose(population, 0) == pairs and choose(population, 1) != pairs


def test_the_kind_of_a_pair_is_what_is_known_of_its_networks(population):
    task, start = population.places("task"), population.store["numbers/start"]
    for pair in choose(population, 0):
        a, b = pair.a.network, pair.b.network
        assert (task[a] == task[b]) == (pair.truth != OTHER_TASK)
        assert (start[a] == start[b]) == (pair.why in ("other task, same start",
                                                       "own earlier checkpoint"))  # fmt: skip
        assert (a == b) == (pair.why == "own earlier checkpoint")
        assert pair.a.checkpoint == 6
        assert pair.b.checkpoint in ((0, 5) if pair.truth == GRADED else (6,))
        for side in (pair.a, pair.b):
            assert task[side.reference] == task[side.untrained] == task[side.network]
            assert side.reference != side.untrained


def test_populations_without_enough_to_pair_are_refused(tmp_path):
    one = Population(networks=20, epochs=1)
    alone = stored(tmp_path, one, np.zeros((20, 2, 100)))
    refusal(choose, alone, 0, words=["learn the task 'piece'", "images.tasks"])
    few = SETTINGS.model_copy(update={"networks": 20, "epochs": 1})
    small = stored(tmp_path, few, np.zeros((60, 2, 100)))
    refusal(choose, small, 0, words=["too few networks of each task"])


def test_a_network_computes_what_was_trained():
    group = groups(SETTINGS)[0]
    network, seen = build(group, SETTINGS), images(SETTINGS.images, SETTINGS.seed)
    assert seen.fit.shape == seen.test.shape == (400, 16)
    assert not torch.equal(seen.fit, seen.test)
    wanted = network(seen.fit.float()).detach()[3]
    one = Network(network.flattened()[3].double(), facts(SETTINGS).layers, "tanh")
    hidden = one.hidden(seen.fit)
    assert hidden.shape == (400, 5)
    torch.testing.assert_close(one.outputs(hidden).float(), wanted, rtol=1e-4, atol=1e-5)
    many = hidden[None] * torch.tensor([1.0, 0.5])[:, None, None]
    torch.testing.assert_close(one.outputs(many)[1], one.outputs(many[1]))


def test_the_verdict_tells_the_row_from_the_column(population):
    learned = Population(
        networks=6, epochs=25, learning_rate=3e-2, images=PieceImages(tasks=["row", "column"])
    )
    weights = [train(group, learned).weights.double() for group in groups(learned)]
    layers, seen = facts(learned).layers, images(learned.images, learned.seed)

    def three(task, number):
        places = ((number, -1), (4, -1), (5, 0))
        row, reference, untrained = (weights[task][place] for place in places)
        return tuple(Network(one, layers, "tanh") for one in (row, reference, untrained))

    (meeting, *_) = meetings(population, choose(population, 0), SETTINGS, 0)
    assert meeting.inputs.test.shape == seen.test.shape
    results = [
        judge(Meeting(three(*a), three(*b), seen, 0))
        for a, b in (((0, 0), (0, 1)), ((0, 0), (1, 1)), ((0, 0), (1, 0)))
    ]
    same, other, same_start = results
    assert same["relation"] == SAME_TASK
    assert other["relation"] == same_start["relation"] == OTHER_TASK
    for score in ("task share", "linear CKA"):
        assert same["similarities"][score] > other["similarities"][score]


def test_aligned_distances_tell_tasks_that_raw_ones_do_not(population):
    pairs = choose(population, 0)
    found = distances(population, pairs, {"codes": principal_codes(population)})
    why = np.array([pair.why for pair in pairs])
    same, other = why == "same task", why == "other task"

    def of(score):
        return np.array([apart[score] for apart in found])

    for score in ("aligned weights", "aligned weights, angle", "codes"):
        assert of(score)[same].max() < of(score)[other].min(), score
    assert of("raw weights")[same].max() > of("raw weights")[other].min()
    assert (of("aligned weights") <= of("raw weights") + 1e-4).all()
    # Differences of 100 weights with variance 2 · 0.09 each.
    assert of("aligned weights")[same].mean() == pytest.approx(18**0.5, rel=0.05)


def test_codes_do_not_depend_on_the_order_of_units(population):
    codes = principal_codes(population)
    assert codes.shape == (480, 7, 20)
    task = population.places("task")
    means = np.stack([codes[task == one].mean(axis=(0, 1)) for one in range(3)])
    spread = np.linalg.norm(codes - means[task][:, None], axis=-1)
    between = min(np.linalg.norm(means[one] - means[one - 1]) for one in range(3))
    assert spread.max() < between / 2


def test_statistics_have_the_same_spread_over_what_is_learned_from(population):
    draw = np.random.default_rng(3)
    found = standardised(5 + 2 * draw.standard_normal((480, 7, 4)), population)
    known = found[population.split == 0][:, 1:].reshape(-1, 4)
    assert known.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    assert known.std(axis=0, ddof=1) == pytest.approx(np.ones(4))


def test_areas_and_correlations_are_those_of_other_libraries():
    draw = np.random.default_rng(4)
    scores = np.round(draw.standard_normal(60), 1)
    truth = draw.uniform(size=60) < 0.4
    low, estimate, high = area(scores[truth], scores[~truth], 0)
    assert estimate == pytest.approx(roc_auc_score(truth, scores)) and low < estimate < high
    second = np.round(scores + draw.standard_normal(60), 1)
    low, estimate, high = rank_correlation(scores, second, 0)
    assert estimate == pytest.approx(spearmanr(scores, second).statistic)
    assert 0.2 < low < estimate < high < 1
    assert rank_correlation(scores, np.zeros(60), 0) == [0, 0, 0]


@pytest.fixture(scope="module")
def told(population):
    """Figures of pairs whose task share is right, and whose CKA says nothing."""
    pairs = choose(population, 0)
    draw = np.random.default_rng(5)
    verdicts = [
        {"relation": OTHER_TASK if pair.truth == GRADED else pair.truth, "shares": {},
         "similarities": {"task share": (pair.truth == SAME_TASK) + 0.1 * draw.standard_normal(),
                          "linear CKA": draw.uniform()}}
        for pair in pairs
    ]  # fmt: skip
    codes = {"codes": principal_codes(population)}
    return report(population, pairs, verdicts, distances(population, pairs, codes), 0)


def test_the_report_tells_scores_that_separate_from_those_that_do_not(told):
    for kind in ("other task", "other task, same start"):
        found = told["areas"][kind]
        assert list(found) == told["scores"]
        assert found["task share"][1] == found["codes"][1] == 1
        assert 0.2 < found["linear CKA"][1] < 0.8
    assert told["correlations"]["trained pairs"]["codes"][1] > 0.6
    assert "task share" not in told["correlations"]["same task"]
    assert told["relations"]["same task"]["same_task"] == 36
    assert told["relations"]["earlier checkpoint, epoch 5"]["other_task"] == 9
    row = told["pairs"][-1]
    assert (row["a"]["epoch"], row["b"]["epoch"]) == (6, 5)
    assert row["a"]["task"] == row["b"]["task"] == "column"


def test_the_figure_shows_every_kind_and_can_be_read(told):
    figure = draw_weight_pairs(
        told["areas"], told["scores"], told["pairs"], ("raw weights", "codes")
    )
    texts = assert_legible(figure)
    assert set(KINDS) <= set(texts) and set(told["scores"]) <= set(texts)
    trained = figure.axes[1]
    drawn = sum(len(points.get_offsets()) for points in trained.collections)
    assert drawn == 36 + 18 + 18
