"""Encoder–decoders that answer by generating: their scores, and what goes past a layer."""

import pytest
import torch
from refusals import refusal
from sound_networks import (
    CTC,
    DECODER,
    ENGLISH,
    GERMAN,
    given_of,
    loaded,
    make_folders,
    positions_of,
    sounds,
)  # fmt: skip

from sametask.activations.extract import extract_samples, to_network
from sametask.activations.hooks import run_with_replaced
from sametask.activations.joining import split_layers
from sametask.inputs.fields import blank
from sametask.maps.transformation import Measured
from sametask.networks import load, save
from sametask.networks.calls import forward
from sametask.networks.generation import _until_end
from sametask.networks.given import arguments, rows

LENGTHS = (6000, 4321, 9000, 3000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("generation")
    make_folders(made)
    return made


@pytest.fixture(scope="module")
def given(folder):
    return to_network(torch.nn.Linear(1, 1), given_of(folder / "german", sounds(*LENGTHS)))


def generated(folder, given, **how):
    """What the library itself generates, without the token that it begins with."""
    network = loaded(folder / "german", DECODER)
    with torch.no_grad():
        return network.generate(**arguments(given), do_sample=False, **how)[:, 1:]


def answer(folder, given, tokens=8, beams=1):
    with torch.no_grad():
        return forward(
            loaded(folder / "german", DECODER, {"tokens": tokens, "beams": beams}), given
        )


@pytest.mark.parametrize("beams", [1, 3])
def test_the_greatest_scores_are_of_the_tokens_that_are_generated(folder, given, beams):
    """Also where the settings of generation choose another token, here the last one."""
    scores = answer(folder, given, beams=beams)
    known = generated(folder, given, max_new_tokens=8, num_beams=beams)
    assert scores.shape == (4, 8, 29)
    likeliest = scores.argmax(dim=2)[:, : known.shape[1]]
    kept = _until_end(known, 2)
    assert torch.equal(likeliest[kept], known[kept])
    assert not scores[:, : known.shape[1]][~kept].any()
    assert not scores[:, known.shape[1] :].any()
    assert len({tuple(row) for row in likeliest.tolist()}) > 1


@pytest.mark.parametrize("beams", [1, 3])
def test_an_answer_does_not_depend_on_the_others_of_its_batch(folder, given, beams):
    together = answer(folder, given, beams=beams)
    for number in range(len(LENGTHS)):
        alone = answer(folder, rows(given, [number]), beams=beams)
        torch.testing.assert_close(alone[0], together[number], rtol=1e-4, atol=1e-5)


def test_after_the_end_of_a_text_all_scores_are_0(folder, given):
    network = loaded(folder / "german", DECODER, {"tokens": 8, "beams": 1})
    with torch.no_grad():
        first = forward(network, given).argmax(dim=2)
        # What the first sound has there ends a text now.
        network.generation_config.eos_token_id = [int(first[0, 2]), 2]
        network.generation_config.forced_eos_token_id = None
        scores = forward(network, given)
    ends = int((scores[0].argmax(dim=1) == first[0, 2]).nonzero()[0])
    assert scores[0, : ends + 1].any(dim=1).all()
    assert not scores[0, ends + 1 :].any()


@pytest.mark.parametrize("ends", [2, [2, 5]])
def test_a_text_ends_with_the_first_token_that_ends_it(ends):
    said = torch.tensor([[4, 2, 0, 0], [4, 5, 2, 2], [1, 1, 1, 1]])
    found = _until_end(said, ends).sum(dim=1).tolist()
    assert found == ([2, 3, 4] if ends == 2 else [2, 2, 4])
    assert _until_end(said, None).all()


def test_a_network_that_is_told_its_tokens_does_not_generate(folder, given):
    network = loaded(folder / "german", DECODER, {"tokens": 8, "beams": 1})
    told = arguments(given) | {"decoder_input_ids": torch.ones(4, 3, dtype=torch.long)}
    with torch.no_grad():
        plain = loaded(folder / "german", DECODER)(**told).logits
        torch.testing.assert_close(forward(network, told), plain)


def test_saved_and_loaded_it_still_generates(folder, given, tmp_path):
    how = {
        "source": str(folder / "german"), "class": DECODER, "revision": None, "arguments": {},
        "generate": {"tokens": 8, "beams": 1},
    }  # fmt: skip
    factory = "sametask.networks.pretrained:from_source"
    network = loaded(folder / "german", DECODER, how["generate"])
    save(tmp_path / "kept", network, {"factory": factory, "arguments": how})
    again = load(tmp_path / "kept", factory, arguments=how, dtype="float32")
    with torch.no_grad():
        torch.testing.assert_close(forward(again, given), forward(network, given))


@pytest.mark.parametrize(
    ("layer", "leaks"), [(GERMAN, False), ("encoder.encoder.layers.0.attention", True)]
)
def test_what_goes_past_a_layer_is_found(folder, layer, leaks):
    """The input still changes the answer past a layer beside which it is added again."""
    network = loaded(folder / "german", DECODER, {"tokens": 8, "beams": 1})
    records = given_of(folder / "german", sounds(*LENGTHS))
    layout, joined = positions_of(network, layer, records)
    flat = layout.sliced(1).rows(joined)
    own, dummy = (to_network(network, inputs) for inputs in (records, blank(records)))
    with torch.no_grad():
        answers = [
            run_with_replaced(network, split_layers(layout.sliced(1), flat, seen), seen)
            for seen in (own, dummy)
        ]
        other = run_with_replaced(network, split_layers(layout.sliced(1), flat.flip(0), own), own)
    assert torch.equal(*answers) != leaks
    assert not torch.equal(other, answers[0])


def test_networks_that_cannot_generate_are_refused(folder):
    how = {"tokens": 8, "beams": 1}
    refusal(loaded, folder / "english", CTC, how, words=["generate: Wav2Vec2ForCTC"])
    many = {"tokens": 500, "beams": 1}
    words = ["generate.tokens: 500", "at most 16"]
    refusal(loaded, folder / "german", DECODER, many, words=words)
    assert ENGLISH in dict(loaded(folder / "english", CTC).named_modules())


def test_an_encoder_decoder_that_is_told_nothing_is_refused(folder, given):
    network = loaded(folder / "german", DECODER)
    message = refusal(forward, network, given, words=["pretrained.generate"])
    assert "_steps" not in message


def test_as_many_tokens_as_steps_are_no_steps(folder):
    """The tokens of a short sound are not left out with the steps of its padding."""
    network = loaded(folder / "german", DECODER, {"tokens": 15, "beams": 1})
    network.generation_config.eos_token_id = network.generation_config.forced_eos_token_id = None
    records = given_of(folder / "german", sounds(6400, 3000))
    layout, joined = positions_of(network, GERMAN, records)
    assert layout.inner_steps == 15
    _, answers = extract_samples(network, layout, records, batch=2)
    assert answers.shape == (2, 15, 29) and answers.any(axis=2).all()
    alone = Measured("german", layout.sliced(1), None).with_own_layers(network)
    with torch.no_grad():
        back = alone.back(layout.sliced(1).rows(joined), to_network(network, records))
    assert back.any(dim=2).all()
