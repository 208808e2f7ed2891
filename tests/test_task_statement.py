"""The verdict on the task in words: every relation, every gap, and what a reader should know."""

import pytest
from task_stores import FLOORS, PAIR, measured, place

from sametask.base.relations import TASK_RELATIONS
from sametask.report.wording.task import MEANINGS, TASKS, task_legend
from sametask.verdict.task.statement import state
from sametask.verdict.task.ways import IMAGES, INPUTS, SEQUENCES, words_of

NETWORKS = {"a": {"name": "one", "layer": "h"}, "b": {"name": "two", "layer": "g"}}


def told(relation="same_task", words=INPUTS, **given):
    return state(measured(relation, **given), NETWORKS, words)


@pytest.mark.parametrize(
    ("relation", "start", "parts"),
    [
        ("same_task", "Yes: one and two learned the same task.", ["needs 30 shared images"]),
        ("a_contains_b", "In part: one learned two's task, but two did not learn one's.",
         ["from one needs 30", "one's answers reach 0.90 for two's task, and two's layer g "
          "reaches −0.10 for one's task"]),
        ("b_contains_a", "In part: two learned one's task, but one did not learn two's.",
         ["from two needs 30"]),
        ("other_task", "No: one and two learned different tasks",
         ["from the pixels or an untrained copy (0; less is worse) to another network of the same "
          "recipe (1)"]),
        ("undecided", "These images cannot tell whether one and two learned the same task: ",
         ["the pixels already gives either's answers as well as one from another network like"]),
    ],
)  # fmt: skip
def test_every_relation_has_a_sentence_with_its_figures(relation, start, parts):
    said = told(relation, IMAGES)["sentence"]
    assert said.startswith(start)
    assert all(part in said for part in parts)


def test_every_relation_has_a_badge_and_a_meaning():
    assert {shown.relation for shown, _ in task_legend()} == set(MEANINGS)
    assert set(MEANINGS) | {"b_contains_a"} == set(TASKS.symbols) == set(TASK_RELATIONS)
    assert len({shown.text for shown, _ in task_legend()}) == len(MEANINGS)


def test_what_the_floors_need_is_the_least_of_them():
    easy = {**place(True), "inputs_needed": {"source": 50, "inputs": 1000, "untrained": 300}}
    said = told(a_to_b_layer=easy)["sentence"]
    assert "at most 50" in said and "from the raw input or an untrained copy it needs at" in said
    assert said.endswith("at least 300.")
    assert told(a_to_b_layer=easy, b_to_a_layer=easy)["sentence"].endswith("copy it needs 300.")


def test_a_pair_that_never_gets_there_is_told_by_its_shares():
    slow = {**place(True), "inputs_needed": {}}
    said = told(a_to_b_layer=slow)["sentence"]
    assert "needs" not in said and "one's answers reach 0.90 for two's task" in said


@pytest.mark.parametrize("relation", ["same_task", "a_contains_b"])
@pytest.mark.parametrize("counts", [{"source": 10, "inputs": 10}, {}])
def test_numbers_that_show_nothing_are_not_told(relation, counts):
    said = told(relation, a_to_b_layer={**place(True), "inputs_needed": counts})["sentence"]
    assert "needs" not in said and "one's answers reach 0.90 for two's task" in said


def test_a_target_whose_class_never_changes_is_told():
    silent = {start: [0.0] * 5 for start in place(True)["fidelity"]}
    facts = {**place(True), "fidelity": silent, "inputs_needed": {}}
    (note,) = told(a_to_b_layer=facts, a_to_b_answers=facts)["notes"]
    assert note.startswith("two gives the same class to every held-out input")


@pytest.mark.parametrize(("fidelity", "kind"), [("kappa", "class"), ("r2", "output")])
def test_outputs_that_are_missed_are_named(fidelity, kind):
    lacking = {"a_to_b": {str(place): -0.1 for place in range(5)}}
    (note,) = told(fidelity=fidelity, missed=lacking)["notes"]
    assert f"{kind} 2 (R² −0.10) and 2 more of two" in note and "3 (" not in note


def test_a_share_of_nothing_has_no_sign():
    nothing = {**place(False), "share": [-0.002, -0.001, 0.1]}
    assert "layer h reaches 0.00" in told("other_task", a_to_b_layer=nothing)["sentence"]


def test_regressions_have_outputs_not_answers():
    said = told(fidelity="r2")["sentence"]
    assert "the other's outputs" in said and "answers" not in said


def test_nothing_is_noted_where_nothing_is_missing():
    assert told()["notes"] == []


def test_a_layer_and_answers_that_differ_are_both_told():
    (note,) = told("b_contains_a", a_to_b_layer=place(True))["notes"]
    assert note.startswith("one's layer h holds what two's answers need, but one's own answers do")
    (note,) = told("b_contains_a", a_to_b_answers=place(True))["notes"]
    assert note.startswith("one gives two's answers, but its layer h does not hold them")


def test_a_layer_that_lacks_the_task_is_not_called_a_network_that_does():
    one_way = told("b_contains_a", a_to_b_answers=place(True))["sentence"]
    assert one_way.startswith(
        "In part: two learned one's task, but one's layer h does not hold two's."
    )
    answered = {f"{way}_answers": place(True) for way in ("a_to_b", "b_to_a")}
    assert told("other_task", **answered)["sentence"].startswith(
        "Not at these layers: one and two give each other's answers, but one's layer h does not "
        "hold two's task, and two's layer g does not hold one's. On a scale"
    )
    one_layer = told("other_task", a_to_b_answers=place(True))["sentence"]
    assert one_layer.startswith(
        "No: one and two learned different tasks: one's layer h does not hold two's, and two did "
        "not learn one's. On a scale"
    )


def test_undecided_says_what_would_tell():
    assert told("undecided")["notes"] == [
        "Harder inputs would tell: ones whose answers a simple map, fitted to a few of them, "
        "cannot read from the raw input or from an untrained network."
    ]
    facts = measured("undecided", a_to_b_answers=place(True), b_to_a_answers=place(True))
    said = state(facts, NETWORKS)
    assert any("A later layer than h of one would tell" in note for note in said["notes"])


def test_half_an_answer_is_said():
    facts = measured("undecided")
    facts["task"]["contains"] = {"a_to_b": True}
    facts["task"]["a_to_b"] = {name: place(True) for name in ("layer", "answers")}
    said = state(facts, NETWORKS)["sentence"]
    assert said.startswith("Only half an answer: one learned two's task, but these inputs")
    assert (
        "whether two learned one's: a simple map from the raw input already gives one's answers"
        in said
    )


def test_one_that_did_not_learn_the_task_is_enough_for_a_no():
    facts = measured("undecided")
    facts["task"] |= {"relation": "other_task", "contains": {"a_to_b": False}}
    facts["task"]["a_to_b"] = {name: place(False) for name in ("layer", "answers")}
    said = state(facts, NETWORKS)["sentence"]
    assert said.startswith("No: one and two learned different tasks: one did not learn two's.")
    assert "Whether two learned one's, these inputs cannot tell: a simple map from the raw" in said


def silent(values=0.0):
    """A place where everything has the same fidelity."""
    curves = {start: [values] * 5 for start in ("source", "ceiling", *FLOORS)}
    return {**place(None), "fidelity": curves, "inputs_needed": {}}


def test_a_target_of_one_class_is_said():
    gaps = {f"a_to_b_{name}": silent() for name in ("layer", "answers")}
    said = told("undecided", **gaps)
    assert "two gives the same answer to every held-out input" in said["sentence"]
    assert "Inputs to which two gives different answers would tell." in said["notes"]


def test_a_ceiling_that_fails_is_said():
    gaps = {f"{way}_{name}": silent(0.1) for way in ("a_to_b", "b_to_a")
            for name in ("layer", "answers")}  # fmt: skip
    said = told("undecided", **gaps)
    assert "no simple map gives two's answers, not even from another network" in said["sentence"]
    assert any(note.startswith("More inputs would tell") for note in said["notes"])


def test_missing_ends_of_the_scale_are_said():
    notes = told(reference=False)["notes"]
    assert any("ends at two itself; verdict.reference can name one" in note for note in notes)
    said = told("other_task", reference=False, without=("untrained",))
    assert "from the raw input (0; less is worse) to the network itself (1)" in said["sentence"]
    assert any("no untrained copy of two" in note for note in said["notes"])


def test_the_scale_starts_at_all_floors_that_there_are():
    easy = {**place(False)["fidelity"], "different_task": FLOORS["untrained"]}
    named = {**place(False), "fidelity": easy}
    floors = "from the raw input, an untrained copy or a network of another task (0; less is worse)"
    assert floors in told("other_task", a_to_b_layer=named)["sentence"]
    alone = {start: values for start, values in easy.items() if start != "untrained"}
    said = told("other_task", a_to_b_layer={**named, "fidelity": alone})
    assert "from the raw input or a network of another task (0; less is worse)" in said["sentence"]
    (note,) = said["notes"]
    assert note.endswith("of one, so that the scale starts at the raw input or a network of "
                         "another task.")  # fmt: skip


def test_a_reference_of_one_network_alone_is_said():
    facts = measured("other_task") | {"reference": {"a": True, "b": False}}
    said = state(facts, NETWORKS)
    assert "(0; less is worse) to two itself, or another network like one (1)" in said["sentence"]
    (note,) = said["notes"]
    assert note.startswith("There is no other network like two to compare with")


def test_a_share_near_the_threshold_is_said():
    near = {**place(True), "share": [0.4, 0.55, 0.7]}
    assert not told(b_to_a_layer=near)["notes"]
    (note,) = told(b_to_a_answers=near)["notes"]
    assert note.startswith("Close to the limit: the task share of two's answers for one is 0.55")
    assert PAIR[True][0] > FLOORS["inputs"][0]


def test_a_layer_of_another_form_is_said():
    read = {**place(True), "map": "reading_affine", "stitched_share": [-0.3, -0.1, 0.1]}
    (note,) = told(b_to_a_layer=read)["notes"]
    assert note.startswith("two's layer g holds one's task in a form of its own")
    # Not where a stitched network does it as well, and not where the layer does not hold it.
    also = {**place(True), "map": "reading_affine"}
    assert not told(b_to_a_layer=also)["notes"]
    none = {**place(False), "map": "reading_affine"}
    assert not any("form of" in note for note in told("other_task", b_to_a_layer=none)["notes"])


def test_samples_are_called_what_they_are():
    def called(shape, **layout):
        return words_of({"input_shape": shape, "layout": layout})

    assert called([1, 8, 8]) is IMAGES and called([3, 32, 32]) is IMAGES
    assert called([4, 8, 8]) is INPUTS and called([2]) is INPUTS
    assert called([50, 3], steps=[10]) is SEQUENCES
