"""Positions as ranges of steps, frames that are drawn of clips, and windows around them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from refusals import refusal
from sound_networks import CTC, ENGLISH, english, given_of, loaded, positions_of, sounds

from sametask.activations.extract import extract_perturbed, to_network
from sametask.activations.frames import draw_frames, only_frames, windows
from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.activations.ranges import cut_ranges, exist, put_ranges_back, ranges_of
from sametask.inputs.fields import POSITIONS, STEPS
from sametask.inputs.sounds import add_noise
from sametask.maps.fitting import candidates_of, fit_maps, seeing
from sametask.maps.routes import Side
from sametask.maps.transformation import Measured, Transformation
from sametask.networks.calls import forward
from sametask.networks.given import rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("frames")
    english(made / "english")
    return made


def ranges(*pairs):
    return torch.tensor([list(pairs)], dtype=torch.float64)


def test_ranges_as_long_as_a_step_interpolate_linearly():
    """A linear function of time is cut exactly, whatever fraction of a step a range begins at."""
    steps = torch.stack([3 * torch.arange(12.0) + 1, -torch.arange(12.0)], dim=-1)[None].double()
    begins = torch.tensor([0.0, 0.25, 2.5, 7.125, 11.0], dtype=torch.float64)
    found = cut_ranges(steps, torch.stack([begins, begins + 1], dim=-1)[None])
    torch.testing.assert_close(found[0], torch.stack([3 * begins + 1, -begins], dim=-1))


def test_ranges_of_whole_steps_are_their_means():
    steps = torch.randn(1, 6, 2, dtype=torch.float64)
    found = cut_ranges(steps, ranges((0, 1), (1, 4), (4, 6)))
    known = [steps[0, :1].mean(0), steps[0, 1:4].mean(0), steps[0, 4:].mean(0)]
    torch.testing.assert_close(found[0], torch.stack(known))


def test_missing_positions_repeat_the_others():
    steps = torch.arange(6.0)[None, :, None]
    found = cut_ranges(steps, ranges((0, 1), (2.5, 3.5), (0, 0), (0, 0), (0, 0)).float())
    assert found.flatten().tolist() == [0, 2.5, 0, 2.5, 0]


def test_each_step_once_is_put_back_exactly():
    steps = torch.randn(2, 5, 3, dtype=torch.float64)
    begins = torch.arange(5.0, dtype=torch.float64)
    each = torch.stack([begins, begins + 1], dim=-1).expand(2, -1, -1)
    assert torch.equal(put_ranges_back(cut_ranges(steps, each), each, 5), steps)


def test_a_token_of_several_words_has_their_mean_and_padding_that_of_all():
    values = torch.tensor([[[1.0], [5.0], [9.0]]], dtype=torch.float64)
    found = put_ranges_back(values, ranges((0, 2), (1, 3), (0, 0)).long(), 4)
    assert found.flatten().tolist() == [1, 3, 5, 3]


def test_points_in_time_are_put_back_linearly():
    """A linear function of time comes back, whatever the fraction of a step between points is."""
    begins = torch.tensor([0.5, 1.75, 3.0, 4.25], dtype=torch.float64)
    points = torch.stack([begins, begins + 1], dim=-1)[None]
    found = put_ranges_back(2 * begins[None, :, None] - 3, points, 6).flatten()
    known = 2 * torch.arange(6.0).double().clamp(0.5, 4.25) - 3
    torch.testing.assert_close(found, known)


def test_inputs_without_positions_are_refused():
    refusal(ranges_of, torch.zeros(2, 3), words=["listen", "tokenise"])
    empty = {POSITIONS: torch.zeros(2, 3, 2)}
    empty[POSITIONS][0, 0, 1] = 1
    refusal(ranges_of, empty, words=["input 1 has no words or frames"])


@pytest.mark.parametrize(
    "layer", ["wav2vec2.feature_extractor", "wav2vec2.feature_extractor.conv_layers.1.layer_norm"]
)
def test_layers_with_other_steps_are_refused_by_name(folder, layer):
    network = loaded(folder / "english", CTC)
    given = to_network(network, given_of(folder / "english", sounds(8000)))
    words = [f"layer {layer!r}", "for 24 frames"]
    with torch.no_grad():
        refusal(Layout.of, network, [layer], "all", given, None, "frames", words=words)


def test_its_own_frames_put_back_are_no_change(folder):
    """Where the stride is the frame, the answer is that of the network itself."""
    network = loaded(folder / "english", CTC)
    records = given_of(folder / "english", sounds(8000, 5000))
    layout, joined = positions_of(network, ENGLISH, records)
    given = to_network(network, records)
    with torch.no_grad():
        split = split_layers(layout.sliced(1), layout.sliced(1).rows(joined), given)
        found = run_with_replaced(network, split, given)
        known = forward(network, given)
    kept = given[STEPS] != 0
    torch.testing.assert_close(found[kept], known[kept], rtol=1e-4, atol=1e-5)


def test_frames_are_the_same_for_every_network_and_every_job():
    """They depend on the number of positions, not on the steps that these are."""
    draw = np.random.default_rng(0)
    counts = [9, 3, 20, 1]
    one, two = np.zeros((2, 4, 20, 2))
    for place, count in enumerate(counts):
        one[place, :count, 1] = 1
        two[place, :count] = np.sort(draw.random((count, 2))) + np.array([0, 1])
    whole = draw_frames(one, range(4), 6, seed=5)
    np.testing.assert_array_equal(draw_frames(two, range(4), 6, seed=5), whole)
    np.testing.assert_array_equal(draw_frames(two[2:], range(2, 4), 6, seed=5), whole[2:])
    assert not np.array_equal(draw_frames(one, range(4), 6, seed=6), whole)
    for frames, count in zip(whole, counts, strict=True):
        # No frame twice where there are enough of them; all of them where there are not.
        assert len(set(frames)) == min(6, count) and frames.max() < count
        assert (np.diff(frames[: min(6, count)]) > 0).all()
    assert whole[1].tolist() == [0, 1, 2, 0, 1, 2]


def test_perturbations_have_the_drawn_frames_only(folder):
    records = given_of(folder / "english", sounds(8000, 5000))
    around = np.stack([records, records], axis=1)
    some = only_frames(around, [4, 7], 5, seed=1)
    drawn = draw_frames(records[POSITIONS], [4, 7], 5, seed=1)
    assert some.shape == (2, 2)
    for sample, copy in itertools.product(range(2), range(2)):
        known = records[POSITIONS][sample, drawn[sample]]
        np.testing.assert_array_equal(some[POSITIONS][sample, copy], known)
        np.testing.assert_array_equal(
            some["input_values"][sample, copy], records["input_values"][sample]
        )


@pytest.mark.parametrize("pool", [None, "mean"])
def test_perturbed_clips_are_measured_without_their_padding(folder, pool):
    """Short clips of a pass run without the room that others have: nothing else changes."""
    network = loaded(folder / "english", CTC)
    clips = sounds(4000, 3000, width=8000)
    example = to_network(network, given_of(folder / "english", clips[:1]))
    layout = Layout.of(network, [ENGLISH], "all", example, None, None if pool else "frames", pool)

    def draw(inputs, samples):
        random = np.random.default_rng(samples[0])
        noisy = np.concatenate([add_noise(clip[None], 3, random, 0.05) for clip in inputs])
        flat = given_of(folder / "english", noisy.reshape(-1, noisy.shape[-1]))
        return flat.reshape(len(inputs), 3)

    steps = () if pool else (layout.steps,)
    found = np.empty((2, 3, *steps, layout.width), np.float32)
    extract_perturbed(network, layout, clips, draw, found, rows=2, batch=3)
    for number in range(2):
        given = to_network(network, draw(clips[[number]], [number])[0])
        with torch.no_grad():
            known = join_layers(layout, record(network, layout.calls, given), given)
        np.testing.assert_allclose(found[number], known.numpy(), rtol=1e-3, atol=1e-4)


def test_windows_have_the_positions_around_each_one():
    """Beyond the ends, the first and the last are repeated; repeated positions have their own."""
    values = torch.arange(10.0).reshape(2, 5, 1)
    found = windows(values, torch.tensor([5, 2]), 1)
    assert found[0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 4]]
    ends = [[5, 5, 6], [5, 6, 6]]
    assert found[1].tolist() == [*ends, *ends, ends[0]]
    assert torch.equal(windows(values, torch.tensor([5, 5]), 0), values)
    wide = windows(values, torch.tensor([5, 2]), 7)
    assert wide.shape == (2, 5, 15)
    assert wide[1, 0].tolist() == [5] * 8 + [6] * 7
    neurons = windows(torch.randn(1, 3, 2), torch.tensor([3]), 1)
    assert neurons.shape == (1, 3, 6)


def test_maps_of_windows_see_what_is_around(folder):
    """A target that is a neighbour of the source is told by windows only; others stay as before."""
    torch.manual_seed(0)
    source = torch.randn(40, 6, 2, dtype=torch.float64)
    target = torch.roll(source, 1, dims=1)
    target[:, 0] = source[:, 0]
    counts, groups = torch.full((40,), 6), torch.arange(40).repeat_interleave(6)
    flat = {"source": source.flatten(0, 1), "target": target.flatten(0, 1)}
    seen = {
        name: windows(v, counts, 1).flatten(0, 1)
        for name, v in (("source", source), ("target", target))
    }
    sides = [
        Side(flat[name], flat[name], None, None, groups, seen[name])
        for name in ("source", "target")
    ]
    assert {"affine_window", "direct_rbf_window"} <= set(candidates_of(sides[0]))
    assert "affine_window" not in candidates_of(Side(flat["source"], flat["source"]))
    fitted = fit_maps(*sides, None, 0.0).maps
    inner = torch.arange(240) % 6 > 0

    def missed(name):
        stages = torch.nn.Sequential(*fitted[name]["a_to_b"].values())
        found = stages(seeing(name, sides[0]).measured)
        return (found - flat["target"])[inner].square().mean()

    assert missed("affine_window") < 0.1 * missed("affine")


def test_a_stitched_network_gives_its_map_the_windows_of_raw_inputs(folder):
    """The same as cutting, taking windows and mapping by hand."""
    network = loaded(folder / "english", CTC)
    records = given_of(folder / "english", sounds(8000, 5000))
    layout, joined = positions_of(network, ENGLISH, records)
    layout = replace(layout.sliced(1), context=1)
    given = to_network(network, records)
    width = layout.width
    matrix = torch.randn(3 * width, width, dtype=torch.float64) / width
    stages = {"affine": torch.nn.Linear(3 * width, width, dtype=torch.float64)}
    stages["affine"].weight.data = matrix.mT
    stages["affine"].bias.data.zero_()
    both = {"a_to_b": stages, "b_to_a": stages}
    side = Measured("english", layout, None)
    names = dict.fromkeys(both, "affine_window")
    stitched = Transformation(both, side, side, names).stitch(network, network)
    with torch.no_grad():
        found = stitched(given, given)
        counts = exist(given[POSITIONS]).sum(dim=1)
        mapped = windows(joined, counts, 1).flatten(0, 1).double() @ matrix
        known = run_with_replaced(network, split_layers(layout, mapped, given), given)
        alone = stitched(rows(given, [1]), rows(given, [1]))
    kept = given[STEPS] != 0
    torch.testing.assert_close(found[kept], known[kept])
    torch.testing.assert_close(alone[0], found[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_sounds_of_similar_lengths_pass_together_and_answers_stay_in_order(folder, batch):
    """Without the padding that a pass does not need, nothing changes but the time."""
    network = loaded(folder / "english", CTC)
    records = given_of(folder / "english", sounds(4000, 8000, 3800, 7900, 5600, width=9000))
    layout, joined = positions_of(network, ENGLISH, records)
    side = Measured("english", layout.sliced(1), None)
    stitched, given = side.with_own_layers(network), to_network(network, records)
    whole = layout.sliced(1).rows(joined)
    parts = stitched.passes(given, batch)
    assert sorted(number for part, _ in parts for number in part.tolist()) == list(range(5))
    assert len(parts) == (5 if batch == 1 else 3)
    assert all(len(some[STEPS]) <= batch for _, some in parts)
    assert parts[-1][1][STEPS].shape[1] < parts[0][1][STEPS].shape[1] < given[STEPS].shape[1]
    with torch.no_grad():
        found = stitched.back_in_passes(whole, given, batch)
        known = stitched.back(whole, given)
    torch.testing.assert_close(found, known, rtol=1e-4, atol=1e-5)
