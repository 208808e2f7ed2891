"""Words as positions: found for two tokenisers, cut from layers, put back, stitched."""

import unicodedata

import numpy as np
import pytest
import torch
from refusals import refusal
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import nn
from transformers import PreTrainedTokenizerFast

from sametask.activations.cutting import cut_sequences
from sametask.activations.extract import to_network
from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.activations.pooling import pooled_answer
from sametask.activations.ranges import cut_ranges, put_ranges_back
from sametask.examples.sentences import draw_sentences, read_words
from sametask.inputs.fields import POSITIONS, blank, join_fields, write_inputs
from sametask.inputs.text_words import WORD
from sametask.inputs.texts import encode, tokenise
from sametask.maps.stitching import StitchedNetwork
from sametask.maps.stored_sides import _require_same_rows
from sametask.networks.tokenisers import train_tokeniser
from sametask.storage.store import create, open_store

WORDS = read_words("resources/sentences.yaml")
TEXTS = [made.english(WORDS) for made in draw_sentences(WORDS, {"train": 256}, 0)["train"]]
SIZES = {"unigram": 80, "byte_pairs": 440}
# Words of 2, 1 and 2 tokens, after one of no word; and of 1 and 3, with padding in front.
RANGES = torch.tensor([[[1, 3], [3, 4], [4, 6]], [[2, 3], [3, 6], [0, 0]]])
STEPS = torch.arange(24.0).reshape(2, 6, 2)


class Reader(nn.Module):
    """Its layer mixes the tokens of a text, and its answer is made of all of them."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(500, 6)
        self.mix = nn.Linear(6, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        kept = attention_mask[..., None]
        embedded = self.embed(input_ids) * kept
        mixed = self.mix(embedded + embedded.sum(dim=1, keepdim=True)).tanh()
        return self.head((mixed * kept).sum(dim=1))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {}
    for kind, size in SIZES.items():
        made[kind] = str(tmp_path_factory.mktemp(kind))
        train_tokeniser(kind, TEXTS, size).save_pretrained(made[kind])
    return made


@pytest.fixture(scope="module")
def seen(folders):
    """What two networks are given for the same texts."""
    rows = encode(TEXTS[:40])
    return {
        kind: join_fields(tokenise(rows, folder, 30, positions=12))
        for kind, folder in folders.items()
    }


@pytest.fixture
def reader():
    torch.manual_seed(0)
    return Reader().eval()


def counts(records):
    return (records[POSITIONS][..., 1] > records[POSITIONS][..., 0]).sum(axis=1)


def test_two_tokenisers_have_the_same_words_and_two_special_tokens(seen):
    expected = [len(text.split()) + 2 for text in TEXTS[:40]]
    for records in seen.values():
        np.testing.assert_array_equal(counts(records), expected)
    tokens = [records["attention_mask"].sum(axis=1) for records in seen.values()]
    assert (tokens[0] != tokens[1]).any()


def test_every_token_but_padding_belongs_to_exactly_one_word(seen):
    for records in seen.values():
        places = np.arange(records["input_ids"].shape[1])
        ranges = records[POSITIONS]
        belongs = (places >= ranges[..., :1]) & (places < ranges[..., 1:])
        np.testing.assert_array_equal(belongs.sum(axis=1), records["attention_mask"])


@pytest.mark.parametrize("kind", SIZES)
def test_the_tokens_of_a_word_have_its_characters(folders, kind):
    (text,) = texts = ["never refuses, 良い wine!"] if kind == "byte_pairs" else TEXTS[:1]
    made = tokenise(encode(texts), folders[kind], 40, positions=20)
    words = {"byte_pairs": ["never", "refuses,", "良", "い", "wine!"]}.get(kind, text.split())
    for word, (first, end) in zip(words, made[POSITIONS][0], strict=False):
        spans = made["_spans"][0, first:end]
        assert word in text[spans[0, 0] : spans[-1, 1]]


def test_a_word_is_the_mean_of_its_tokens_and_short_texts_repeat_theirs():
    words = cut_ranges(STEPS, RANGES)
    torch.testing.assert_close(words[0, 0], STEPS[0, 1:3].mean(dim=0))
    torch.testing.assert_close(words[0, 1], STEPS[0, 3])
    torch.testing.assert_close(words[1, 1], STEPS[1, 3:6].mean(dim=0))
    torch.testing.assert_close(words[1, 2], words[1, 0])


def test_words_put_back_are_at_all_their_tokens_and_their_mean_elsewhere():
    words = cut_ranges(STEPS, RANGES)
    back = put_ranges_back(words, RANGES, 6)
    torch.testing.assert_close(back[0, 0], words[0].mean(dim=0))
    torch.testing.assert_close(back[1, :2], words[1, :2].mean(dim=0).expand(2, -1))
    for token, word in ((1, 0), (2, 0), (3, 1), (5, 2)):
        torch.testing.assert_close(back[0, token], words[0, word])
    torch.testing.assert_close(cut_ranges(back, RANGES), words)


def test_a_token_of_two_words_gets_their_mean():
    ranges = torch.tensor([[[0, 2], [1, 3]]])
    back = put_ranges_back(torch.tensor([[[2.0], [6.0]]]), ranges, 3)
    assert back.flatten().tolist() == [2, 4, 6]


def test_layers_with_their_steps_first_are_cut_and_put_back(seen, reader):
    given = to_network(reader, seen["unigram"][:5])
    layout = Layout.of(reader, ["mix"], "all", given, positions="words").sliced(1)
    joined = join_layers(layout, record(reader, ["mix"], given), given)
    assert (joined.shape, layout.rows_per_sample) == ((5, 12, 6), 12)
    put = split_layers(layout, layout.rows(joined), given)["mix"]
    torch.testing.assert_close(join_layers(layout, [put], given), joined)
    first = Layout.of(reader, ["mix"], "all", given, positions="words")
    assert Layout.from_plain(first.plain()) == first


def test_where_every_word_is_a_token_nothing_is_lost(reader):
    ids = torch.tensor([[4, 5, 6, 0], [7, 8, 0, 0]])
    ranges = torch.tensor([[[0, 1], [1, 2], [2, 3]], [[0, 1], [1, 2], [0, 0]]])
    given = {"input_ids": ids, "attention_mask": (ids > 0).long(), POSITIONS: ranges}
    layout = Layout.of(reader, ["mix"], "all", given, positions="words").sliced(1)
    own = layout.rows(join_layers(layout, record(reader, ["mix"], given), given))
    answer = run_with_replaced(reader, split_layers(layout, own, given), given)
    with torch.no_grad():
        torch.testing.assert_close(answer, reader(ids, (ids > 0).long()))


def test_a_stitched_target_answers_from_the_words_alone(seen, reader):
    """Texts of equal lengths but other tokens change nothing: nothing goes past the layer."""
    source, target = (to_network(reader, seen[kind][:9]) for kind in SIZES)
    layouts = [
        Layout.of(reader, ["mix"], "all", given, positions="words").sliced(1)
        for given in (source, target)
    ]
    chain = nn.Linear(6, 6).double()
    stitched = StitchedNetwork(reader, chain, reader, *layouts, None)
    dummy = to_network(reader, blank(seen["byte_pairs"][:9]))
    real = target["attention_mask"] != 0
    assert not dummy["input_ids"][real].any() and target["input_ids"][real].any()
    with torch.no_grad():
        answers = stitched(source, dummy)
        torch.testing.assert_close(answers, stitched(source, target))
    assert answers.std(dim=0).min() > 0


def test_padding_and_repeated_words_are_never_fitted_on(seen, reader, tmp_path):
    records = seen["unigram"]
    given = to_network(reader, records)
    layout = Layout.of(reader, ["mix"], "all", given, positions="words")
    whole = join_layers(layout, record(reader, ["mix"], given), given).detach().numpy()
    with create(tmp_path / "s.zarr", "activations", parents={}, provenance={}) as writer:
        for part in ("fit", "test"):
            write_inputs(writer, f"{part}/seen", records)
            writer.array(f"{part}/layers", whole, ["sample", "step", "neuron"])
        writer.attributes["layout"] = layout.plain()
    arrays, _ = cut_sequences(open_store(tmp_path / "s.zarr", "activations"), 1, 10**6, 0)
    numbers = arrays["fit/slices"]
    assert len(numbers) == counts(records).sum() == len(arrays["fit/layers"])
    assert (numbers % 12 < counts(records)[numbers // 12]).all()
    assert len(arrays["test/layers"]) == len(records) * 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positions": 5}, ("words and special tokens", "positions:")),
        ({"special": ["frist"]}, ("special: no 'frist'", "'first'")),
        ({"special": ["last"]}, ("is no position", "special")),
    ],
)
def test_what_does_not_fit_the_words_is_told_in_a_line(folders, arguments, words):
    how = {"length": 30, "positions": 12} | arguments
    refusal(lambda: tokenise(encode(TEXTS[:3]), folders["unigram"], **how), words=words)


def test_inputs_that_do_not_say_their_words_are_refused(seen, reader):
    given = to_network(reader, seen["unigram"][:2])
    bare = {name: value for name, value in given.items() if name != POSITIONS}
    words = ("positions: of: words", "tokenise")
    refusal(lambda: Layout.of(reader, ["mix"], "all", bare, positions="words"), words=words)
    empty = {**given, POSITIONS: given[POSITIONS] * torch.tensor([1, 0])[:, None, None]}
    layout = Layout.of(reader, ["mix"], "all", given, positions="words")
    refusal(lambda: join_layers(layout, record(reader, ["mix"], given), empty), words=("input 1",))


def test_padding_is_no_step_of_a_sequence(seen, reader):
    given = to_network(reader, seen["unigram"][:2])
    axes = ("batch", "time", "neuron")
    layout = Layout.of(reader, ["mix"], "all", given, axes, "steps")
    words = ("padding", "of: words")
    refusal(lambda: join_layers(layout, record(reader, ["mix"], given), given), words=words)


def test_networks_with_other_words_are_not_paired():
    stores = {
        f"activations_{side}": {"fit/slices": np.array(slices)}
        for side, slices in (("a", [0, 2]), ("b", [0, 3]))
    }
    refusal(lambda: _require_same_rows(stores), words=("different positions", "`special`"))
    _require_same_rows({**stores, "activations_b": stores["activations_a"]})


def plain_byte_pairs(folder, ends=()):
    """A tokeniser as GPT-2 has it: it adds nothing to a text, and has no token for padding."""
    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    end = "<|endoftext|>"
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=[end],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokeniser.train_from_iterator(TEXTS, trainer)
    names = dict.fromkeys(ends, end)
    PreTrainedTokenizerFast(tokenizer_object=tokeniser, **names).save_pretrained(folder)
    return str(folder)


def test_a_tokeniser_without_padding_pads_with_the_end_of_texts(tmp_path):
    folder = plain_byte_pairs(tmp_path, ends=("bos_token", "eos_token", "unk_token"))
    made = tokenise(encode(TEXTS[:20]), folder, 64, positions=10, special=())
    lengths = made["attention_mask"].sum(axis=1)
    assert len(set(lengths)) > 1 and lengths.max() < 64
    for row, length in enumerate(lengths):
        assert not made["input_ids"][row, length:].any() and not made["_spans"][row, length:].any()
        words = made[POSITIONS][row][: len(TEXTS[row].split())]
        assert words[-1, 1] == length and (words[1:, 0] == words[:-1, 1]).all()
    words = ("0 tokens of the role 'first'", "special: [last]")
    refusal(lambda: tokenise(encode(TEXTS[:2]), folder, 64, positions=12), words=words)


def test_a_tokeniser_that_cannot_pad_is_told_in_a_line(tmp_path):
    folder = plain_byte_pairs(tmp_path)
    words = ("no token for padding", "set its pad_token")
    refusal(lambda: tokenise(encode(TEXTS[:2]), folder, 64), words=words)


def test_dummies_keep_the_padding_of_texts():
    """Networks find the last token of a text by its padding."""
    ids = np.array([[5, 6, 9, 9], [5, 6, 7, 8], [9, 5, 6, 7]])
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]])
    for pad, token in ((9, 0), (0, 1)):
        padded = np.where(mask, ids, pad)
        made = blank(join_fields({"input_ids": padded, "attention_mask": mask}))
        np.testing.assert_array_equal(made["input_ids"], np.where(mask, token, pad))
        np.testing.assert_array_equal(made["attention_mask"], mask)


class Shortened(nn.Module):
    """Its layer has a step for every second token."""

    def __init__(self, reader):
        super().__init__()
        self.reader, self.every_second = reader, nn.Identity()

    def forward(self, **given):
        return self.every_second(self.reader.embed(given["input_ids"])[:, ::2]).sum(dim=1)


def test_steps_that_are_no_tokens_are_refused(seen, reader):
    given = to_network(reader, seen["unigram"][:2])
    words = ("has 15 steps for 30 tokens", "a step for each token")
    network, layers = Shortened(reader), ["every_second"]
    refusal(lambda: Layout.of(network, layers, "all", given, positions="words"), words=words)


def test_other_masks_are_not_read(seen, reader):
    given = to_network(reader, seen["unigram"][:2])
    other = {name: part for name, part in given.items() if name != "attention_mask"}
    other["padding_mask"] = given["attention_mask"]
    refusal(
        lambda: Layout.of(reader, ["mix"], "all", other, pool="mean"),
        words=("gives only padding_mask",),
    )


def test_answers_at_padding_are_nothing():
    answers = torch.arange(12.0).reshape(2, 3, 2)
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]]) != 0
    made = pooled_answer(answers, None, mask)
    assert made[0, 2].tolist() == [0, 0] and torch.equal(made[mask], answers[mask])
    assert torch.equal(pooled_answer(answers[..., 0], None, mask), answers[..., 0])


@pytest.mark.parametrize("text", ["ที่ดี ที่ไป", "よい 本", "the ที่"])
def test_marks_belong_to_their_characters(text):
    words = [word.group() for word in WORD.finditer(text)]
    assert "".join(words) == text.replace(" ", "")
    assert not any(unicodedata.category(word[0]).startswith("M") for word in words)
