"""Evidence on tasks: simple maps from few shared samples, floors, ceiling, decision."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import ortho_group
from sklearn.linear_model import Ridge
from sklearn.metrics import cohen_kappa_score

from sametask.base.relations import A_CONTAINS_B, B_CONTAINS_A, OTHER_TASK, SAME_TASK, UNDECIDED
from sametask.config.sections.stage_sections import TaskVerdict
from sametask.statistics.agreement import kappa
from sametask.statistics.procrustes import scaled_rotation
from sametask.statistics.ridge import ridge
from sametask.statistics.variance import resamples
from sametask.verdict.task.answers import PROBABILITY, SCORES, VALUES
from sametask.verdict.task.curves import draw_choices
from sametask.verdict.task.decision import contains, decide
from sametask.verdict.task.evidence import READING, gather, reach_layer
from sametask.verdict.task.fidelity import Fidelity
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.verdict.task.simple_maps import in_span
from sametask.verdict.task.summary import summarise
from sametask.verdict.task.whole_samples import whole

FIT, TEST = 300, 200
LIMITS = {"layer": 0.15, "answers": 0.55}


def normal(*shape, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=draw, dtype=torch.float64)


def rotation(size, seed):
    return torch.from_numpy(ortho_group.rvs(size, random_state=seed))


# ------------------------------------------------------------------------------------------ maps


@pytest.mark.parametrize(("rows", "neurons"), [(200, 5), (30, 40)])
def test_ridge_is_that_of_a_library_for_one_of_the_penalties(rows, neurons):
    source, noise = normal(rows, neurons), normal(rows, 3, seed=1)
    target = source @ normal(neurons, 3, seed=2) + 0.5 * noise
    matrix, offset = ridge(source, target)
    largest = np.linalg.svd(source - source.mean(0), compute_uv=False)[0] ** 2
    errors = [
        abs(Ridge(alpha=largest * 10.0**power).fit(source, target).coef_.T - matrix.numpy()).max()
        for power in np.linspace(-8, 2, 21)
    ]
    assert min(errors) < 1e-8
    assert torch.allclose((source @ matrix + offset).mean(dim=0), target.mean(dim=0))


def test_ridge_finds_an_exact_map_and_ignores_rotations():
    source, matrix = normal(100, 6), normal(6, 2, seed=1)
    turn = rotation(6, 3)
    found, _ = ridge(source, source @ matrix + 3)
    turned, _ = ridge(source @ turn, source @ matrix + 3)
    assert torch.allclose(found, matrix, atol=1e-6)
    assert torch.allclose(turn @ turned, found, atol=1e-8)


def test_ridge_of_a_constant_source_is_the_mean():
    matrix, offset = ridge(torch.ones(10, 3, dtype=torch.float64), normal(10, 2))
    assert not matrix.any()
    assert torch.allclose(offset, normal(10, 2).mean(dim=0))


def test_a_rotation_from_few_rows_is_the_rotation_of_all_directions():
    source, target = normal(8, 12), normal(8, 20, seed=1)
    matrix, _ = scaled_rotation(source, target)
    away, wanted = ((part - part.mean(0)).numpy() for part in (source, target))
    left, singular, right = np.linalg.svd(away.T @ wanted, full_matrices=False)
    turn = left[:, :7] @ right[:7]
    scale = singular.sum() / np.square(away @ turn).sum()
    assert np.allclose(matrix.numpy(), scale * turn)


def test_wide_values_lose_nothing_in_the_span_of_the_fit_samples():
    seen = Seen(normal(20, 500), normal(30, 500, seed=1))
    reduced, target = in_span(seen), normal(20, 4, seed=2)
    assert reduced.fit.shape[1] == 20
    for fit in (scaled_rotation, ridge):
        (wide, start), (narrow, begin) = fit(seen.fit, target), fit(reduced.fit, target)
        assert torch.allclose(seen.test @ wide + start, reduced.test @ narrow + begin)


# ---------------------------------------------------------------------------------- fidelity


def test_kappa_is_that_of_a_library_for_samples_and_for_resamples():
    draw = np.random.default_rng(0)
    answers, reference = draw.integers(4, size=(3, 50)), draw.integers(3, size=50)
    counts = draw.multinomial(50, np.full(50, 1 / 50), size=2)
    found = kappa(torch.from_numpy(answers), torch.from_numpy(reference), torch.from_numpy(counts))
    wanted = [
        [cohen_kappa_score(given, reference, sample_weight=count) for count in counts]
        for given in answers
    ]
    assert np.allclose(found, wanted)


def test_answers_of_one_class_only_are_no_evidence():
    same = torch.zeros(1, 10, dtype=torch.int64)
    assert kappa(same, same[0], torch.ones(1, 10)).item() == 0


def test_outputs_that_are_not_finite_are_wrong_and_stop_nothing():
    own = normal(40, 3)
    broken = own.clone()
    broken[:20] = torch.nan
    counts = torch.ones(1, 40)
    classes, values = Fidelity(own.softmax(1), SCORES, True), Fidelity(own, VALUES, False)
    told, given = (kind.answers(torch.stack([own, broken])) for kind in (classes, values))
    assert classes.agreement(told)[0] == values.agreement(given)[0] == 1
    assert 0 < classes.agreement(told)[1] < 0.7
    assert values.agreement(given)[1] == 0
    assert values.r2(values.errors(given), counts)[1].item() == 0


def test_probabilities_are_taken_as_they_are():
    """A network that ends with softmax gives the evidence that its scores would give."""
    own, other = normal(40, 3), normal(40, 3, seed=1)
    network = replace(learner([0, 1], 1), classifies=True)
    ends = [
        Fidelity.of(replace(network, outputs=Seen(outputs, outputs)))
        for outputs in (own, own.softmax(1))
    ]
    assert [end.kind for end in ends] == [SCORES, VALUES]
    torch.testing.assert_close(ends[0].own, ends[1].own)
    first, second = (
        end.errors(end.answers(outputs[None]))
        for end, outputs in zip(ends, (other, other.softmax(1)), strict=True)
    )
    torch.testing.assert_close(first, second)


def test_a_single_probability_is_that_of_class_one():
    """A network of two classes that ends with sigmoid answers as its logit would."""
    own, other = normal(40, 1), normal(40, 1, seed=1)
    network = replace(learner([0], 1), classifies=True)
    logit, sigmoid = (
        Fidelity.of(replace(network, outputs=Seen(outputs, outputs)))
        for outputs in (own, own.sigmoid())
    )
    assert (logit.kind, sigmoid.kind) == (SCORES, PROBABILITY)
    torch.testing.assert_close(logit.own, sigmoid.own)
    agreed = sigmoid.agreement(sigmoid.answers(torch.stack([own, other]).sigmoid()))
    assert agreed[0] == 1 and -0.5 < agreed[1] < 0.5


def test_whole_sequences_are_shared():
    groups = torch.arange(60) // 3
    choices = draw_choices(60, groups, 20, seed=0)
    assert choices.numbers == (10, 20)
    for number, (drawn,) in zip(choices.numbers, choices.rows, strict=True):
        for rows in drawn:
            assert len(rows) == 3 * number
            assert len(groups[rows].unique()) == number
    assert [len(drawn) for (drawn,) in choices.rows] == [20, 1]


def test_sequences_of_other_lengths_are_shared_as_well():
    lengths = torch.arange(15) % 2 + 3
    groups = torch.arange(15).repeat_interleave(lengths)
    choices = draw_choices(len(groups), groups, 20, seed=0)
    drawn = choices.rows[0]
    assert len(drawn) > 1 and sum(map(len, drawn)) == 20
    for rows in (rows for alike in drawn for rows in alike):
        assert len(groups[rows].unique()) == 10
        assert len(rows) == lengths[groups[rows].unique()].sum()


def test_maps_fitted_at_once_are_those_fitted_one_by_one():
    """With fewer and with more rows than neurons; one source is constant."""
    for rows in (6, 40):
        source, target = normal(3, rows, 9), normal(3, rows, 7, seed=1)
        source[2] = source[2, :1]
        for fit in (scaled_rotation, ridge):
            matrix, offset = fit(source, target)
            for place in range(3):
                alone = fit(source[place], target[place])
                torch.testing.assert_close(matrix[place], alone[0])
                torch.testing.assert_close(offset[place], alone[1])
            torch.testing.assert_close(matrix[2] @ matrix[2].mT, torch.zeros(9, 9).double())


# ---------------------------------------------------------------------------------- decision
# Inputs of 30 numbers. A task is to tell the signs of some hidden features, which are curved in the
# inputs. A trained layer has these features; an untrained one has random ones.


def features(inputs, columns, seed=5):
    curved = torch.sin(3 * inputs @ normal(30, 8, seed=seed) / 30**0.5)
    return curved[:, columns]


INPUTS = Seen(normal(FIT, 30, seed=10), normal(TEST, 30, seed=11))


def both(function):
    return Seen(function(INPUTS.fit), function(INPUTS.test))


def learner(columns, seed, form=None):
    """Return a network that tells the sign of each of these features."""
    turn = rotation(16, seed)
    width = len(columns)

    def layer(inputs):
        known = torch.tanh(4 * features(inputs, columns))
        return torch.cat([known, 0.05 * inputs[:, : 16 - width]], dim=1) @ turn + 1

    def back(rows):
        return ((rows - 1) @ turn.mT)[..., :width]

    def untrained(inputs):
        return torch.tanh(inputs @ normal(30, 16, seed=seed + 100) / 30**0.5)

    seen = both(layer)
    outputs = Seen(back(seen.fit), back(seen.test))
    untrained_outputs = both(lambda inputs: untrained(inputs)[:, :width])
    return Learner(
        layer=seen,
        whole=seen.fit,
        back=back,
        inputs=INPUTS,
        outputs=outputs,
        classifies=False,
        untrained=Copy(both(untrained), untrained_outputs),
    )


def judged(a, b, other=None):
    return gather(a, b, other, resamples(199, TEST, 0), 20, 0.95, 0)


def test_two_networks_of_one_task_in_other_bases_learned_the_same():
    evidence = judged(learner([0, 1], 1), learner([0, 1], 2))
    assert decide(evidence, LIMITS) == SAME_TASK
    reached = evidence.reached["a_to_b"]["layer"]
    curves = reached.curves["procrustes"]
    assert curves["source"].needed(0.9) <= 20
    assert curves["inputs"].needed(0.9) is None
    assert reached.shares["procrustes"].low > 0.8


def test_features_of_another_task_are_another_task():
    evidence = judged(learner([0, 1], 1), learner([2, 3], 2))
    assert decide(evidence, LIMITS) == OTHER_TASK


def test_a_network_that_tells_more_contains_the_other():
    more, less = learner([0, 1, 2, 3], 1), learner([0], 2)
    assert decide(judged(more, less), LIMITS) == A_CONTAINS_B
    assert decide(judged(less, more), LIMITS) == B_CONTAINS_A


def test_an_untrained_network_learned_nothing():
    trained = learner([0, 1], 1)
    copy = learner([0, 1], 2).untrained
    untrained = replace(trained, layer=copy.layer, whole=copy.layer.fit, outputs=copy.outputs)
    untrained = replace(untrained, back=lambda rows: rows[..., :2])
    evidence = judged(untrained, trained)
    assert contains(evidence, "a_to_b", LIMITS) is False
    assert decide(evidence, LIMITS) == OTHER_TASK


def test_where_the_inputs_do_as_well_nothing_is_decided():
    trained = learner([0, 1], 1)
    easy = replace(trained, inputs=trained.layer)
    evidence = judged(easy, replace(learner([0, 1], 2), inputs=trained.layer))
    assert decide(evidence, LIMITS) == UNDECIDED


def test_a_layer_that_knows_more_than_the_answers_is_not_enough():
    """The layer tells both features; the answers tell one of them twice."""
    trained = learner([0, 1], 1)
    merged = Seen(*(part[:, [0, 0]] for part in (trained.outputs.fit, trained.outputs.test)))
    forgetful = replace(trained, outputs=merged, back=lambda rows: trained.back(rows)[..., [0, 0]])
    evidence = judged(forgetful, learner([0, 1], 2))
    assert contains(evidence, "a_to_b", LIMITS) is False
    assert evidence.reached["a_to_b"]["layer"].shares["procrustes"].estimate > LIMITS["layer"]
    assert decide(evidence, LIMITS) == B_CONTAINS_A


def test_nothing_suffices_for_answers_that_never_change():
    trained = learner([0, 1], 1)
    same = Seen(torch.ones(FIT, 2).double(), torch.ones(TEST, 2).double())
    silent = replace(trained, outputs=same, back=lambda rows: torch.ones_like(rows[..., :2]))
    told = summarise(judged(learner([0, 1], 2), silent), TaskVerdict())
    assert told["a_to_b"]["layer"]["inputs_needed"] == {}
    assert told["a_to_b"]["answers"]["inputs_needed"] == {}


def test_an_output_that_hardly_counts_is_named_where_it_is_missed():
    """The share is that of the first output, a hundred times the second."""

    def scaled(network, *scale):
        scale = torch.tensor(scale).double()
        outputs = Seen(network.outputs.fit * scale, network.outputs.test * scale)
        return replace(network, outputs=outputs, back=lambda rows: network.back(rows) * scale)

    whole, part = scaled(learner([0, 1], 1), 100, 1), scaled(learner([0], 2), 100)
    told = summarise(judged(whole, part), TaskVerdict())
    assert told["relation"] == SAME_TASK
    assert set(told["outputs_missed"]) == {"b_to_a"}
    assert set(told["outputs_missed"]["b_to_a"]) == {"1"}
    same = summarise(judged(whole, scaled(learner([0, 1], 2), 1, 100)), TaskVerdict())
    assert (same["relation"], same["outputs_missed"]) == (SAME_TASK, {})


def test_a_network_of_another_task_is_one_more_floor():
    a, b = learner([0, 1], 1), learner([0, 1], 2)
    evidence = judged(a, b, Copy(b.layer, b.outputs))
    assert decide(evidence, LIMITS) == UNDECIDED


def test_a_floor_that_gives_the_answers_away_by_one_map_blocks_all_others():
    """An untrained layer that is a linear image of the answers, but not a rotated one."""
    a, b = learner([0, 1], 1), learner([0, 1], 2)
    stretched = b.outputs.fit @ torch.diag(torch.tensor([1.0, 9.0]).double())
    held_out = b.outputs.test @ torch.diag(torch.tensor([1.0, 9.0]).double())
    lucky = replace(a, untrained=Copy(Seen(stretched, held_out), a.untrained.outputs))
    evidence = judged(lucky, b)
    layer = evidence.reached["a_to_b"]["layer"]
    assert layer.shares["affine"].given_away or layer.shares["reading_affine"].given_away
    assert not layer.shares["procrustes"].given_away
    assert contains(evidence, "a_to_b", LIMITS) is None
    assert decide(evidence, LIMITS) == UNDECIDED


def sequences(seed, order):
    """A network of three slices a sample; its answer is told by their mean, in whatever order."""
    draws = [normal(60, 3, 2, seed=1), normal(40, 3, 2, seed=2)]
    mixed = rotation(2, seed)
    layer = Seen(*((part[:, order] @ mixed).flatten(0, 1) for part in draws))
    answers = Seen(*(part.mean(dim=1).sum(dim=1, keepdim=True) for part in draws))
    noise = Seen(normal(60, 4, seed=3), normal(40, 4, seed=4))
    slices = Seen(normal(180, 4, seed=5), normal(120, 4, seed=6))
    return Learner(
        layer=layer, whole=layer.fit, inputs=noise, outputs=answers, classifies=False,
        back=lambda rows: (rows @ mixed.mT).unflatten(1, (40, 3)).mean(dim=2).sum(2, keepdim=True),
        groups=torch.arange(60).repeat_interleave(3), sliced=slices,
    )  # fmt: skip


def test_of_slices_answers_are_read_from_the_mean_of_a_sample():
    """Two networks may say the same at other steps: no map of a slice takes one to the other."""
    source, target = sequences(7, [1, 2, 0]), sequences(8, [0, 1, 2])
    choices = draw_choices(180, target.groups, 20, seed=0)
    found = reach_layer(source, target, None, choices)
    assert found["affine"]["source"].median[-1] < 0.05
    read = found[f"{READING}affine"]
    assert read["source"].median.min() > 0.99 and read["inputs"].median.max() < 0.1
    assert read["source"].numbers == found["affine"]["source"].numbers
    evidence = gather(source, target, None, resamples(99, 40, 0), 20, 0.95, seed=0)
    assert decide(evidence, LIMITS) == SAME_TASK


def test_whole_samples_are_the_means_of_the_slices_that_are_drawn():
    """Of a sample none of whose slices is drawn, nothing is read."""
    network = sequences(7, [0, 1, 2])
    drawn = torch.tensor([5, 0, 1, 3, 8, 7])
    groups = network.groups[drawn]
    fit = network.layer.fit[drawn]
    some = replace(network, layer=Seen(fit, network.layer.test), whole=fit, groups=groups)
    found = whole(some, groups)
    known = torch.stack([fit[1:3].mean(0), fit[[0, 3]].mean(0), fit[4:].mean(0)])
    torch.testing.assert_close(found.layer.fit, known)
    assert torch.equal(found.outputs.fit, network.outputs.fit[:3])
    assert torch.equal(found.inputs.test, network.inputs.test)
    assert len(found.layer.test) == len(found.outputs.test) == 40
