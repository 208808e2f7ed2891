"""Inputs of several named arrays, texts, and layers that are pooled over their steps."""

import numpy as np
import pytest
import torch
from torch import nn

from sametask.activations.axes import Inside
from sametask.activations.extract import extract_perturbed, extract_samples, to_network
from sametask.activations.hooks import added_to, record
from sametask.activations.joining import split_layers
from sametask.activations.layout import Layout
from sametask.activations.pooling import pooled
from sametask.base.errors import DataError, NetworkError
from sametask.config.sections.input_sections import Array
from sametask.config.sections.network_sections import View
from sametask.inputs import see
from sametask.inputs.fields import blank, fields_of, join_fields, read_inputs, write_inputs
from sametask.inputs.perturbations import perturb_inside
from sametask.inputs.texts import decode, encode
from sametask.storage.store import create, open_store

SAMPLES = np.arange(12.0).reshape(6, 2)
DATA = Array(domain="array", source="digits")


class Reader(nn.Module):
    """A network of tokens that leaves padding out."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 5)
        self.head = nn.Linear(5, 3)

    def forward(self, input_ids, attention_mask):
        steps = self.embed(input_ids) * attention_mask[..., None]
        return self.head(steps.sum(dim=1))


def tokens(samples, width=7):
    """A view: a number of tokens for each sample, which differs, and padding."""
    lengths = samples[:, 0].astype(int) % 4 + 2
    places = np.arange(width)
    mask = (places < lengths[:, None]).astype(np.int64)
    ids = (samples[:, :1].astype(int) + places) % 20
    return {"input_ids": ids, "attention_mask": mask, "_spans": np.stack([places + 0 * ids] * 2, 2)}


@pytest.fixture
def records():
    return see(SAMPLES, DATA, View(function="test_named_inputs:tokens"))


@pytest.fixture
def reader():
    torch.manual_seed(0)
    return Reader().eval()


def test_records_come_back_from_a_store(records, tmp_path):
    with create(tmp_path / "s.zarr", "samples", parents={}, provenance={}) as writer:
        write_inputs(writer, "fit/seen", records)
        write_inputs(writer, "test/seen", SAMPLES)
    opened = open_store(tmp_path / "s.zarr", "samples")
    found = read_inputs(opened, "fit/seen")
    for name, values in fields_of(records).items():
        np.testing.assert_array_equal(found[name], values)
    np.testing.assert_array_equal(read_inputs(opened, "test/seen"), SAMPLES)


def test_named_inputs_are_given_by_name(records, reader):
    given = to_network(reader, records)
    assert set(given) == {"input_ids", "attention_mask"}
    assert given["input_ids"].dtype == torch.int64


def test_a_blank_input_keeps_its_length_alone(records):
    empty = blank(records)
    np.testing.assert_array_equal(empty["attention_mask"], records["attention_mask"])
    kept = records["attention_mask"] == 0
    np.testing.assert_array_equal(empty["input_ids"][kept], records["input_ids"][kept])
    assert len(np.unique(empty["input_ids"][~kept])) == 1


def test_perturbations_inside_a_network_are_seen_by_what_follows(records, reader):
    given = to_network(reader, records)
    before = record(reader, ["embed", "head"], given)
    noise = 0.1 * torch.randn(before[0].shape)
    with added_to(reader, {"embed": noise}), torch.no_grad():
        embedded, answer = record(reader, ["embed", "head"], given)
    torch.testing.assert_close(embedded, before[0] + noise)
    seen = (noise * given["attention_mask"][..., None]).sum(dim=1) @ reader.head.weight.T
    torch.testing.assert_close(answer, before[1] + seen)
    torch.testing.assert_close(record(reader, ["embed"], given)[0], before[0])
    with (
        added_to(reader, {"embed": noise[:1]}),
        pytest.raises(NetworkError, match=r"layer 'embed' has shape \(6, 7, 5\), its perturb"),
    ):
        record(reader, ["embed"], given)


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(DataError, match=r"one entry for each sample, and have .*'b': 2"):
        join_fields({"a": np.zeros((3, 2)), "b": np.zeros((2, 2))})


@pytest.mark.parametrize("pool", ["mean", "first", "last", "max"])
def test_padding_is_never_pooled(pool, reader):
    """The rows of shorter and of longer padding are the same, and those of the samples alone."""
    rows = []
    for width in (7, 11):
        seen = join_fields(tokens(SAMPLES, width))
        example = to_network(reader, seen[:1])
        layout = Layout.of(reader, ["embed"], "all", example, pool=pool)
        assert layout.shapes == ((5,),) and layout.read_only
        whole, outputs = extract_samples(reader, layout, seen, batch=4)
        rows.append(whole)
    np.testing.assert_array_equal(*rows)
    steps = reader.embed(torch.arange(2, 8))[:4].detach()  # sample 1: token 2 on, 4 of them
    alone = {"mean": steps.mean(0), "first": steps[0], "last": steps[-1], "max": steps.amax(0)}
    np.testing.assert_allclose(rows[0][1], alone[pool], rtol=1e-6)
    assert outputs.shape == (6, 3)


def test_an_answer_at_every_token_is_pooled_as_the_layers_are(reader):
    reader.forward = lambda input_ids, attention_mask: reader.head(reader.embed(input_ids))
    answers = []
    for width in (7, 11):
        seen = join_fields(tokens(SAMPLES, width))
        example = to_network(reader, seen[:1])
        layout = Layout.of(reader, ["embed"], "all", example, pool="mean")
        layers, outputs = extract_samples(reader, layout, seen, batch=4)
        answers.append(outputs)
    np.testing.assert_allclose(*answers, rtol=1e-6)
    # The head is affine, so that it leads from the mean to the mean.
    expected = reader.head(torch.from_numpy(layers)).detach()
    np.testing.assert_allclose(answers[0], expected, rtol=1e-5)
    apart = Layout.of(reader, ["embed"], "all", example)
    assert extract_samples(reader, apart, seen, batch=4)[1].shape == (6, 11, 3)


def test_nothing_is_put_in_the_place_of_a_pooled_layer(reader, records):
    layout = Layout.of(reader, ["embed"], "all", to_network(reader, records[:1]), pool="mean")
    with pytest.raises(NetworkError, match=r"'embed' is pooled \(mean\): it is only read"):
        split_layers(layout, torch.zeros(6, 5))


def test_a_mask_of_other_steps_is_refused():
    steps, mask = torch.zeros(2, 4, 3), torch.ones(2, 8, dtype=torch.bool)
    with pytest.raises(NetworkError, match="layer 'h' has 4 steps, but attention_mask has 8"):
        pooled("h", steps, "mean", mask)
    with pytest.raises(NetworkError, match="attention_mask of input 1 is 0 everywhere"):
        pooled("h", steps, "mean", torch.tensor([[True] * 4, [False] * 4]))


def test_texts_are_rows_of_bytes():
    texts = ["Größe", "a longer text", "日本"]
    rows = encode(texts)
    assert rows.dtype == np.uint8 and len(rows) == 3
    assert decode(rows) == texts and decode(rows[::2]) == texts[::2]


@pytest.mark.parametrize(("text", "fault"), [(" ", "is empty"), ("a\0b", "holds the character 0")])
def test_texts_that_are_none_are_named(text, fault):
    with pytest.raises(DataError, match=f"text 1 {fault}"):
        encode(["fine", text])


def test_perturbations_of_the_embedding_are_recorded(reader, records):
    layout = Layout.of(reader, ["head"], "all", to_network(reader, records[:1]))
    found = np.empty((6, 50, 3), np.float32)
    how = 50, (7, 5), 0.4, 0, "fit"

    def draw(inputs, samples):
        return perturb_inside(inputs, samples, *how)

    extract_perturbed(
        reader,
        layout,
        records,
        draw,
        found,
        4,
        16,
        inside=Inside.of(reader, "embed", to_network(reader, records[:1])),
    )
    drawn = draw(records, range(6))
    assert drawn.shape == (6, 50) and abs(drawn["_added"].std() - 0.1) < 0.005
    mask = records["attention_mask"][:, None, :, None]
    own = reader(**to_network(reader, records)).detach().numpy()
    moved = (drawn["_added"] * mask).sum(axis=2) @ reader.head.weight.detach().numpy().T
    np.testing.assert_allclose(found, own[:, None] + moved, atol=1e-5)


def test_tokens_without_a_mask_are_perturbed_inside(reader):
    ids = np.arange(8).reshape(4, 2)
    drawn = perturb_inside(ids, range(4), 3, (2, 5), 0.1, 0, "fit")
    given = to_network(reader, drawn.reshape(-1))
    np.testing.assert_array_equal(given.numpy(), np.repeat(ids, 3, axis=0))
