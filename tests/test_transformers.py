"""Places in networks of transformers: recorded, put back and replaced in 13 kinds of networks.

Networks are tiny and random, built from configurations; nothing is fetched.
"""

import pytest
import torch

from sametask.activations.hooks import observe, record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.base.errors import NetworkError
from sametask.networks import list_layers
from sametask.networks.calls import forward

transformers = pytest.importorskip("transformers", reason="transformers is not installed")

WORDS, STEPS, WIDTH = 50, 7, 16
BERT = {
    "vocab_size": WORDS,
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 20,
}
LLAMA = {**BERT, "num_key_value_heads": 1}
T5 = {"vocab_size": WORDS, "d_model": WIDTH, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2}
XLNET = {"vocab_size": WORDS, "d_model": WIDTH, "n_layer": 2, "n_head": 2, "d_inner": 24}
GPT2 = {"vocab_size": WORDS, "n_embd": WIDTH, "n_layer": 2, "n_head": 2, "n_positions": 20}
DISTILBERT = {"vocab_size": WORDS, "dim": WIDTH, "n_layers": 2, "n_heads": 2, "hidden_dim": 24}
VIT = {**BERT, "image_size": 8, "patch_size": 4}
WAV2VEC2 = {
    **BERT,
    "conv_dim": [8, 8],
    "conv_stride": [5, 2],
    "conv_kernel": [10, 3],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}
WHISPER = {
    "vocab_size": WORDS,
    "d_model": WIDTH,
    "num_mel_bins": 4,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "max_source_positions": 10,
}
MAMBA = {"vocab_size": WORDS, "hidden_size": WIDTH, "num_hidden_layers": 2, "state_size": 4}


def text(**more):
    """Two sentences, the second of which is padded."""
    words = torch.randint(3, WORDS, (2, STEPS))
    mask = torch.ones_like(words)
    mask[1, 5:] = 0
    return {"input_ids": words, "attention_mask": mask, **more}


def translated():
    return text(decoder_input_ids=torch.randint(3, WORDS, (2, 4)))


# Family, class of the network in it, configuration, what it is given, a layer that is measured, and
# one whose input is. The batch is the second axis of XLNet's layers.
KINDS = {
    "BERT": ("Bert", "ForSequenceClassification", BERT, text, "bert.encoder.layer.0", "classifier"),
    "RoBERTa": (
        "Roberta", "ForSequenceClassification", BERT, text,
        "roberta.encoder.layer.1", "classifier.dense",
    ),
    "XLNet": (
        "XLNet", "ForSequenceClassification", XLNET, text,
        "transformer.layer.0", "sequence_summary.summary",
    ),
    "GPT-2": ("GPT2", "LMHeadModel", GPT2, text, "transformer.h.0", "lm_head"),
    "Llama": ("Llama", "ForCausalLM", LLAMA, text, "model.layers.0", "model.layers.1.mlp"),
    "T5 encoder": ("T5", "EncoderModel", T5, text, "encoder.block.0", "encoder.final_layer_norm"),
    "T5 decoder": (
        "T5", "ForConditionalGeneration", T5, translated,
        "decoder.block.0", "decoder.block.1.layer.1",
    ),
    "ViT": (
        "ViT", "ForImageClassification", VIT,
        lambda: {"pixel_values": torch.randn(2, 3, 8, 8)},
        "vit.embeddings", "classifier",
    ),
    "Wav2Vec2": (
        "Wav2Vec2", "ForSequenceClassification", WAV2VEC2,
        lambda: {"input_values": torch.randn(2, 200)},
        "wav2vec2.feature_projection", "projector",
    ),
    "Whisper encoder": (
        "Whisper", "ForAudioClassification", WHISPER,
        lambda: {"input_features": torch.randn(2, 4, 20)},
        "encoder.layers.0", "classifier",
    ),
    "CLIP text": (
        "CLIPText", "Model", BERT, text, "encoder", "final_layer_norm",
    ),
    "DistilBERT": (
        "DistilBert", "ForSequenceClassification", DISTILBERT, text,
        "distilbert.transformer", "pre_classifier",
    ),
    "Mamba": ("Mamba", "ForCausalLM", MAMBA, text, "backbone.layers.0", "backbone.layers.1.mixer"),
}  # fmt: skip


def made(kind):
    """Return a network of this kind in evaluation mode, and what it is given."""
    family, head, configuration, given, *_ = KINDS[kind]
    torch.manual_seed(0)
    settings = getattr(transformers, f"{family}Config")(**configuration)
    return getattr(transformers, f"{family}{head}")(settings).eval(), given()


AXES = {("XLNet", "transformer.layer.0"): ["neuron", "batch", "neuron"]}
CASES = [(kind, name) for kind in KINDS for name in (KINDS[kind][4], f"{KINDS[kind][5]}:input")]


@pytest.mark.parametrize(("kind", "name"), CASES)
@torch.no_grad()
def test_a_place_is_recorded_put_back_and_replaced(kind, name):
    network, given = made(kind)
    before = {key: value.clone() for key, value in given.items()}
    seen = observe(network, [name], given)
    layout = Layout.of(network, [name], "all", given, AXES.get((kind, name)))
    own = split_layers(layout, join_layers(layout, record(network, layout.calls, given)))
    assert torch.equal(own[name], seen.outputs[name])
    torch.testing.assert_close(seen.answer, forward(network, given))
    back = run_with_replaced(network, own, given)
    torch.testing.assert_close(back, seen.answer)
    other = own[name].flip(own[name].ndim - 1)
    changed = run_with_replaced(network, {name: other}, given)
    assert changed.shape == back.shape
    assert (changed - back).abs().max() > 1e-4
    assert all(torch.equal(before[key], given[key]) for key in given)


@pytest.mark.parametrize("kind", KINDS)
def test_places_are_listed_as_they_are_recorded_and_one_is_suggested(kind):
    network, given = made(kind)
    listed = {layer.name: layer for layer in list_layers(network, given)}
    with torch.no_grad():
        outputs = observe(network, list(listed), given).outputs
    for name, output in outputs.items():
        assert output.numel() == 2 * listed[name].neurons, name
    (suggested,) = (layer for layer in listed.values() if layer.suggestion)
    assert suggested.replaceable
    with torch.no_grad():
        fixed = {suggested.name: outputs[suggested.name]}
        swapped = {key: value.flip(0) for key, value in given.items()}
        # Everything goes through it: other inputs change nothing.
        mask = {"attention_mask": given["attention_mask"]} if "attention_mask" in given else {}
        answer = run_with_replaced(network, fixed, swapped | mask)
        torch.testing.assert_close(answer, forward(network, given))


def test_a_loss_is_not_the_answer_and_labels_change_nothing():
    network, given = made("BERT")
    with torch.no_grad():
        plain = observe(network, ["dropout"], given)
        told = observe(network, ["dropout"], given | {"labels": torch.tensor([0, 1])})
    assert plain.answer.shape == (2, 2)
    assert torch.equal(plain.answer, told.answer)


def test_a_field_of_a_dataclass_has_a_name_and_the_others_stay():
    network, given = made("BERT")
    pooled, states = "bert:pooler_output", "bert:last_hidden_state"
    with torch.no_grad():
        seen = observe(network, [pooled, "bert"], given)
        assert torch.equal(*record(network, [states, "bert.encoder"], given))
        back = run_with_replaced(network, seen.outputs, given)
        other = run_with_replaced(network, {pooled: seen.outputs[pooled].flip(0)}, given)
    assert torch.equal(back, seen.answer)
    torch.testing.assert_close(other, network.classifier(seen.outputs[pooled].flip(0)))
    with pytest.raises(NetworkError, match="no 'pooler_outpt'; did you mean 'pooler_output'"):
        record(network, ["bert:pooler_outpt"], given)
    with pytest.raises(NetworkError, match="'bert' and 'bert:last_hidden_state' are the same"):
        record(network, ["bert", states], given)


def test_what_does_not_fit_is_one_line_with_every_tensor():
    network, given = made("BERT")
    wrong = given | {"token_type_ids": torch.zeros_like(given["input_ids"])[:, :3]}
    words = r"input_ids \(7,\) of torch.int64, .*token_type_ids \(3,\) of torch.int64, 2 at once: "
    with pytest.raises(NetworkError, match=words):
        observe(network, ["dropout"], wrong)
