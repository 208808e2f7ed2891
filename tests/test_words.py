"""What a verdict says: controls that are as related, who can stand in, and where maps fail."""

import numpy as np
import pytest
from test_verdict import told

from sametask.config import Verdict
from sametask.report.wording.pair import best_map, default_sentence
from sametask.verdict.layers.alarms import alarms
from sametask.verdict.layers.notes import map_notes
from sametask.verdict.layers.statement import sentence, state
from sametask.verdict.layers.stitched import stitched_answers

HIGH, LOW = [0.93, 0.94, 0.95], [0.80, 0.82, 0.84]
NAMES = {"a": {"name": "one", "layer": "h"}, "b": {"name": "two", "layer": "g"}}


def outcome(relation, forth=LOW, back=LOW):
    return {"relation": relation, "r2": {"a_to_b": forth, "b_to_a": back}}


def alarms_of(relation, r2=None, **controls):
    return alarms(told(relation, controls=controls, r2=r2 or {"a_to_b": HIGH, "b_to_a": HIGH}))


def test_copies_that_share_as_much_are_one_line():
    copies = {"a": outcome("partial", forth=[0.92, 0.93, 0.94]), "b": outcome("partial", back=HIGH)}
    (line,) = alarms_of("partial", untrained=copies)
    assert line == (
        "An untrained copy of one explains 93.0 % of two (one itself 94.0 %) and an untrained copy "
        "of two explains 94.0 % of one (two itself 94.0 %): that these layers share a part says "
        "nothing about training."
    )


def test_names_of_networks_are_never_changed():
    different = {
        "network": "Halves",
        "a": outcome("partial", HIGH),
        "b": outcome("partial", HIGH, HIGH),
    }
    (line,) = alarms_of("partial", different_task=different)
    assert line.count("Halves, which learned a different task, explains 94.0 %") == 2
    assert line.endswith("says nothing about the task.")


def test_a_copy_that_shares_less_is_as_it_should_be():
    # What the network explains of the copy has another scale, and does not count.
    assert alarms_of("partial", untrained={"a": outcome("partial", back=HIGH)}) == []
    assert alarms_of("partial", untrained={"a": outcome("unrelated", forth=HIGH)}) == []


@pytest.mark.parametrize(("control", "count"), [("a_determines_b", 1), ("b_determines_a", 0),
                                                ("equivalent", 1), ("partial", 0)])  # fmt: skip
def test_a_control_with_the_same_function_is_alarming(control, count):
    found = alarms_of("a_determines_b", untrained={"a": outcome(control, HIGH, HIGH)})
    assert len(found) == count
    if control == "a_determines_b":
        assert found[0].startswith("An untrained copy of one determines two (g) as well")


def test_a_one_way_control_is_alarming_where_the_pair_shares_only_a_part():
    different = {"network": "three", "b": outcome("b_determines_a")}
    (found,) = alarms_of("partial", different_task=different)
    assert found.startswith("three, which learned a different task, determines one (h) as well")
    assert found.endswith("nothing about the task.")


def test_shuffled_pairs_as_related_as_the_pair_are_alarming():
    assert "Shuffled pairs" in alarms_of("partial", shuffled_pairs=outcome("partial", HIGH))[0]
    assert alarms_of("partial", shuffled_pairs=outcome("partial", LOW)) == []
    assert alarms_of("partial", shuffled_pairs={"failed": "few"}) == []


def test_between_unrelated_networks_only_equivalent_controls_are_alarming():
    assert alarms_of("unrelated", untrained={"a": outcome("partial", HIGH)}) == []
    assert len(alarms_of("unrelated", untrained={"a": outcome("equivalent", HIGH)})) == 1


def test_no_controls_are_no_alarm():
    assert alarms_of("partial") == []


def answered(forth, back):
    """The stitched answers of classifiers with these agreements, and κ a little less."""
    return {
        way: {"map": "affine", "agreement": share, "kappa": share, "stands_in": share >= 0.95}
        for way, share in (("a_to_b", forth), ("b_to_a", back))
    }


def test_only_stitched_answers_say_who_can_stand_in():
    for relation in ("equivalent", "a_determines_b", "partial", "unrelated"):
        assert "stand in" not in sentence(told(relation))
    either = sentence(told("partial", stitched=answered(0.994, 1.0)))
    assert either.endswith(
        "Either can stand in for the other: stitched, one gives the answers of two for 99.4 % of "
        "the held-out inputs, and two those of one for all."
    )
    one = sentence(told("a_determines_b", stitched=answered(0.994, 0.5)))
    assert "one can stand in for two, but two cannot stand in for one: stitched" in one
    neither = sentence(told("equivalent", stitched=answered(0.9, 0.5)))
    assert "Neither can stand in for the other: stitched" in neither and "without loss" not in one


def test_outputs_without_classes_are_judged_by_their_own_variance():
    figures = {"a_to_b": {"output_mse": 1.0, "output_r2": 0.97}, "b_to_a": {"output_r2": -2.0}}
    facts = {
        "default": {"a_to_b": "knn", "b_to_a": "mean"},
        "maps": {"knn": figures, "mean": figures},
    }
    stitched = stitched_answers(facts, 0.95)
    assert stitched["a_to_b"] == {"map": "knn", "output_r2": 0.97, "stands_in": True}
    assert stitched["b_to_a"]["stands_in"] is False
    said = sentence(told("a_determines_b", stitched=stitched))
    assert "one explains 97.0 % of the variance of two's outputs, and two explains nothing" in said
    # Both always give one class: no κ, and agreement says nothing.
    same = {"knn": {"a_to_b": {"agreement": 1.0, "output_r2": 1.0}}}
    assert stitched_answers({"default": {"a_to_b": "knn"}, "maps": same}, 0.95) == {}


def test_no_function_found_is_not_nothing_in_common():
    said = sentence(told("unrelated"))
    assert said.startswith("No function between one (h) and two (g) was found on these samples")
    assert "common" not in said


def test_no_one_way_sentence_where_both_r2_round_to_one():
    one = [0.9996, 0.9997, 0.9998]
    said = sentence(told("a_determines_b", r2={"a_to_b": one, "b_to_a": one}))
    assert said.startswith("one (h) and two (g) explain each other")
    assert "one also reacts to perturbations that two ignores (1 more local direction)" in said
    assert "determines" not in said and "other way" not in said
    less = {"a_to_b": one, "b_to_a": [0.9, 0.9993, 0.9996]}
    assert "not the other way round" in sentence(told("a_determines_b", r2=less))


def facts(**changes):
    figures = {"activation_r2": 0.35, "worst_fraction": 0.9, "activation_r2_rest": 0.99}
    maps = {name: {"a_to_b": figures, "b_to_a": figures} for name in ("knn", "mean")}
    return {
        "experiment": "x", "networks": {side: {**one, "task": {}} for side, one in NAMES.items()},
        "default": {"a_to_b": "knn", "b_to_a": "mean"}, "maps": maps, "along": "noise",
        "samples": {"inputs": 4, "perturbations": 64},
        "validation": {"intrinsic": {"a_to_b": -165.2, "b_to_a": 0.5}}, "alignment": {}, **changes,
    }  # fmt: skip


def test_notes_say_where_the_intrinsic_map_fails_and_where_few_samples_carry_the_error():
    failing, few = map_notes(facts())
    assert failing == (
        "one → two: the intrinsic map fails. Its R² on validation samples is -165, worse than the "
        "mean; use the map knn."
    )
    assert few == (
        "one → two: the worst 1 % of the held-out samples have 90.0 % of the error of the map knn. "
        "R² is 0.350 with them and 0.990 without them."
    )
    near = {"activation_r2": 0.995, "worst_fraction": 0.9, "activation_r2_rest": 0.999}
    assert (
        map_notes(facts(validation={}, maps={"knn": {"a_to_b": near}, "mean": {"b_to_a": near}}))
        == []
    )


def test_the_verdict_keeps_what_its_words_rest_on():
    verdict = told("a_determines_b", controls={"untrained": {"a": outcome("equivalent", HIGH)}})
    for key in ("networks", "stitched"):
        verdict.pop(key)
    outputs = {side: np.arange(9.0)[:, None] for side in "ab"}
    said = state(verdict, facts(), outputs, Verdict())
    assert said["stitched"] == {} and "controls" not in said["thresholds"]
    caution = "A control has this relation too, so that it says nothing about the task."
    assert said["sentence"].endswith(caution)
    assert any("the intrinsic map fails" in note for note in said["notes"])


def test_neither_the_thesis_nor_an_ablation_is_ever_the_best():
    names = ("thesis", "intrinsic_euclidean", "thesis_fill_mean", "dense_thesis", "knn", "affine")
    metrics = {name: {"output_mse": float(place)} for place, name in enumerate(names)}
    assert best_map(metrics) == "knn"


def test_the_page_says_which_map_is_handed_over():
    class Shown:
        facts = facts(validation={"knn": {"a_to_b": 0.875}})

        def arrow(self, direction):
            return {"a_to_b": "one → two", "b_to_a": "two → one"}[direction]

    said = default_sentence(Shown())
    assert "gives knn for one → two (R² 0.875) and mean for two → one: in each" in said
    assert "no map was better than the mean" in said
    Shown.facts = {}
    assert default_sentence(Shown()) is None
