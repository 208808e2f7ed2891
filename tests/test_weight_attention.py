"""Attention over weights: tokens, blocks and their maps."""

import pytest
import torch
from refusals import refusal

from sametask.base.errors import ConfigError
from sametask.populations.layout import LayerWeights, dense_layers
from sametask.weights.attention import (
    GROUPINGS,
    SIZES,
    Block,
    Decoder,
    Encoder,
    Size,
    positions,
    token_places,
)

LAYERS = dense_layers([16, 5, 4])
# Kernels in another order than the units, and biases before them.
CONVOLVED = [
    LayerWeights(2, (9, 1, 2), ("place", "in", "out"), bias=0),
    LayerWeights(23, (2, 1, 3), ("in", "place", "out"), bias=20),
]
TINY = Size(width=8, blocks=2, heads=2, inner=16)


def drawn(count, numbers=100, seed=0):
    return torch.randn(count, numbers, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("grouping", "tokens"), [("weight", 100), ("unit", 9), ("layer", 2)])
def test_every_weight_is_in_one_token(grouping, tokens):
    places = token_places(LAYERS, grouping)
    assert sum(map(len, places)) == tokens
    assert torch.cat([each.flatten() for each in places]).sort().values.tolist() == list(range(100))


def test_a_token_of_a_unit_has_its_kernel_and_its_bias_last():
    first, last = token_places(CONVOLVED, "unit")
    assert first[1].tolist() == [*range(3, 20, 2), 1]
    assert last[2].tolist() == [25, 28, 22]


def test_a_grouping_that_is_not_there_is_refused_with_the_nearest():
    refusal(token_places, LAYERS, "units", words=["'units'", "'unit'"])


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ConfigError, match="8 cannot be divided by 3 heads"):
        Block(Size(width=8, heads=3))


def test_positions_are_all_different_and_bounded():
    table = positions(100, 7)
    assert table.shape == (100, 7) and table.abs().max() <= 1
    assert len(table.unique(dim=0)) == 100
    angle = torch.tensor(3.0)
    torch.testing.assert_close(table[3, :2], torch.stack([angle.sin(), angle.cos()]))


def test_a_block_computes_what_attention_of_torch_computes():
    block = Block(Size(width=8, heads=2, inner=16))
    known = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    known.in_proj_weight, known.in_proj_bias = block.all.weight, block.all.bias
    known.out_proj = block.mixed
    tokens = drawn(3, 40).reshape(3, 5, 8)
    read = block.before(tokens)
    wanted, maps = known(read, read, read, average_attn_weights=False)
    found, own = block.attend(tokens)
    torch.testing.assert_close(found - tokens, wanted)
    torch.testing.assert_close(own, maps)


@pytest.mark.parametrize("grouping", GROUPINGS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_encoder_reads_its_global_tokens_or_all_others(grouping, count):
    encoder = Encoder(LAYERS, grouping, TINY, count)
    tokens = sum(map(len, encoder.places))
    assert encoder(drawn(4)).shape == (4, count or tokens, 8)
    maps = encoder.attention(drawn(4))
    assert maps.shape == (4, 2, 2, count + tokens, count + tokens)
    torch.testing.assert_close(maps.sum(dim=-1), torch.ones(maps.shape[:-1]))


def test_embedders_are_shared_within_a_layer_only_with_global_tokens():
    shared, own = (Encoder(LAYERS, "unit", TINY, count) for count in (1, 0))
    alike = torch.arange(16.0).repeat(1, 5)
    weights = torch.cat([alike, torch.zeros(1, 20)], dim=1)
    tokens = shared.tokens(weights)[0, 1:] - shared.positions
    torch.testing.assert_close(tokens[0], tokens[4])
    assert (own.tokens(weights)[0, 0] - own.tokens(weights)[0, 4]).abs().max() > 0.1


@pytest.mark.parametrize("layers", [LAYERS, CONVOLVED])
@pytest.mark.parametrize("shared", [True, False])
def test_a_decoder_puts_weights_where_the_encoder_found_them(layers, shared):
    decoder = Decoder(layers, "unit", TINY, 20, shared)
    for number, head in enumerate(decoder.heads):
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.constant_(head.bias, float(number))
    found = decoder(drawn(2, 20))
    for number, layer in enumerate(layers):
        assert (found[:, torch.from_numpy(layer.of_units)] == number).all()


def test_the_first_size_has_the_parameters_that_the_source_states():
    for name, wanted in (("size", 104_000), ("d128", 1_070_000)):
        size = SIZES[name]
        parts = Encoder(LAYERS, "unit", size, 1), Decoder(LAYERS, "unit", size, 20, shared=True)
        count = sum(p.numel() for part in parts for p in part.parameters()) + size.width * 20 + 20
        assert count == pytest.approx(wanted, rel=0.01)
