"""Examples of texts on a page: the answers that differ first, under the name of their class."""

from types import SimpleNamespace

import numpy as np

from sametask.inputs.texts import encode
from sametask.report.data.names import Names
from sametask.report.tables.examples import SHOWN, example_table

COUNT, DIFFERENT = 40, (7, 31)


def logits(classes):
    return np.eye(2)[classes]


def pair_of(read_only=()):
    own = np.arange(COUNT) % 2
    stitched = own.copy()
    stitched[list(DIFFERENT)] = 1 - stitched[list(DIFFERENT)]
    ends = [
        SimpleNamespace(name=name, activations={"test/outputs": logits(own)}) for name in ("a", "b")
    ]
    stored = {"affine/a_to_b/outputs": logits(stitched), "knn/b_to_a/outputs": logits(own)}
    best = {"a_to_b": "affine", "b_to_a": "knn"}
    return SimpleNamespace(
        a=ends[0],
        b=ends[1],
        names=Names(classes=("bad", "good"), texts=True),
        ends=lambda direction: ends if direction == "a_to_b" else ends[::-1],
        arrow=lambda direction: direction,
        read_only=lambda direction: direction in read_only,
        metrics=lambda direction: {best[direction]: {"agreement": 1.0}},
        evaluation=stored,
    )


def report_of(texts=True, classifies=True):
    rows = encode([f"text {number}" for number in range(COUNT)])
    names = Names(texts=texts)
    return SimpleNamespace(names=names, classifies=classifies, samples={"test/inputs": rows})


def test_texts_with_different_answers_come_first():
    found = example_table(report_of(), pair_of())
    assert found.headings == ["a", "b", "a_to_b (affine)", "b_to_a (knn)"]
    assert (found.differing, found.tests, len(found.rows)) == (2, COUNT, SHOWN)
    assert found.rows[0] == ("text 7", ["good", "good", "bad", "good"], True)
    assert found.rows[1] == ("text 31", ["good", "good", "bad", "good"], True)
    assert found.rows[2] == ("text 0", ["bad"] * 4, False)


def test_a_layer_that_is_only_read_has_no_stitched_answers():
    found = example_table(report_of(), pair_of(read_only=("a_to_b", "b_to_a")))
    assert found.headings == ["a", "b"] and found.differing == 0


def test_other_inputs_and_tasks_have_no_such_table():
    assert example_table(report_of(texts=False), pair_of()) is None
    assert example_table(report_of(classifies=False), pair_of()) is None
