"""Figures of fields, films and reconstructions: that they draw the data, and can be read."""

import io
from contextlib import contextmanager
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.quiver import Quiver
from matplotlib.text import Text
from PIL import Image, ImageSequence

from sametask.report.figures.colours import PALETTE
from sametask.report.figures.domains.field import arrow_places, field_error_figure, field_figure
from sametask.report.figures.domains.film import animation, film_strip
from sametask.report.figures.reconstruction import reconstruction_figure

LONG = "a name that is 30 letters long"
WIDE = "W" * 30


def drawn_texts(figure):
    """Return the texts that drawing a figure draws, with their boxes in pixels."""
    texts, own = [], Text.draw

    def draw(self, renderer, *rest, **named):
        if self.get_visible() and self.get_text().strip():
            texts.append(self)
        own(self, renderer, *rest, **named)

    canvas = FigureCanvasAgg(figure)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", draw)
        canvas.draw()
    return [(one.get_text(), one.get_window_extent(canvas.get_renderer())) for one in set(texts)]


def apart(one, other, slack=1.0):
    """Return whether two boxes overlap by no more than a pixel, about the edge of a letter."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    upright = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across <= slack or upright <= slack


def assert_legible(figure):
    """Assert that no text overlaps another or is cut at the edge; return the texts."""
    texts = drawn_texts(figure)
    wide, high = figure.get_size_inches() * figure.dpi
    for text, box in texts:
        assert box.x0 > -1 and box.y0 > -1 and box.x1 < wide + 1 and box.y1 < high + 1, text
    for (first, one), (second, other) in combinations(texts, 2):
        assert apart(one, other), (first, second)
    return [text.replace("\n", " ") for text, _ in texts]


def assert_clear_of_images(figure):
    """Assert that no text lies on an image."""
    texts = drawn_texts(figure)
    for axes in figure.axes:
        for text, box in texts:
            assert apart(box, axes.get_window_extent()), text


def test_texts_that_overlap_or_are_cut_are_found():
    figure = film_strip({"a": np.zeros((1, 4, 4))}, ["0"])
    figure.texts[0].set_position(figure.texts[1].get_position())
    with pytest.raises(AssertionError):
        assert_legible(figure)
    with pytest.raises(AssertionError):
        figure.texts[0].set_position((0.99, 0.9))
        assert_legible(figure)


# Fields


def square(side=41, low=-2.0, high=2.0):
    line = np.linspace(low, high, side)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def scattered(count=1500):
    return np.random.default_rng(0).uniform(-2, 2, (count, 2))


def swirl(points):
    return np.stack([points[:, 1], (1 - points[:, 0] ** 2) * points[:, 1] - points[:, 0]], axis=1)


def panels_of(figure):
    return [axes for axes in figure.axes if axes.get_title()]


def bar_of(figure):
    (bar,) = [axes for axes in figure.axes if not axes.get_title()]
    return bar


def arrows_of(axes):
    (arrows,) = [one for one in axes.collections if isinstance(one, Quiver)]
    return arrows


@pytest.mark.parametrize("points", [square(), scattered()], ids=["grid", "scattered"])
def test_arrows_are_those_of_the_data_at_points_of_the_data(points):
    fields = {"a": swirl(points), "b": -3 * swirl(points)}
    for axes, vectors in zip(panels_of(field_figure(points, fields)), fields.values(), strict=True):
        arrows = arrows_of(axes)
        for at, length, drawn in zip(
            arrows.XY, arrows.get_array(), np.stack([arrows.U, arrows.V], axis=1), strict=True
        ):
            (own,) = vectors[(points == at).all(axis=1)]
            assert length == pytest.approx(np.linalg.norm(own))
            assert drawn[0] * own[1] == pytest.approx(drawn[1] * own[0])
            assert drawn @ own >= 0


def test_arrows_of_all_panels_have_one_scale_that_grows_with_the_length():
    points = square(9)
    first, second = panels_of(field_figure(points, {"a": swirl(points), "b": 4 * swirl(points)}))
    small, large = arrows_of(first), arrows_of(second)
    assert small.scale == large.scale
    assert small.get_clim() == large.get_clim() == (0, pytest.approx(large.get_array().max()))
    np.testing.assert_allclose(np.hypot(large.U, large.V), 2 * np.hypot(small.U, small.V))
    assert np.hypot(large.U, large.V).max() == pytest.approx(1)


@pytest.mark.parametrize("side", [2, 9, 20, 41, 50, 101])
def test_arrows_on_a_grid_are_on_every_so_manyth_line(side):
    places = arrow_places(square(side))
    lines = np.unique(square(side)[places, 0])
    assert len(lines) ** 2 == len(places) and min(side, 10) <= len(lines) <= 22
    np.testing.assert_allclose(np.diff(lines), np.diff(lines)[0])


def test_arrows_at_scattered_points_are_spread_over_the_domain():
    points = scattered(5000)
    places = arrow_places(points)
    assert 300 <= len(places) == len(np.unique(places)) <= 324
    squares = np.floor((points[places] + 2) / 4 * 6)
    assert np.unique(squares, axis=0, return_counts=True)[1].min() >= 6


def test_a_field_of_zeros_and_a_line_of_points_are_drawn():
    points = scattered(40)
    assert_legible(field_figure(points, {"nothing": np.zeros_like(points)}))
    line = np.stack([np.linspace(0, 1, 30), np.zeros(30)], axis=1)
    assert_legible(field_figure(line, {"line": swirl(line)}))


@pytest.mark.parametrize(
    "count, shape", [(1, (2, 1)), (2, (1, 2)), (3, (1, 1)), (3, (2, 1)), (4, (1, 1)), (7, (1, 2))]
)
def test_field_figures_have_a_panel_for_each_name_and_can_be_read(count, shape):
    points = scattered(200) * shape
    names = [LONG, WIDE + " → " + WIDE, "$c$", *"defg"][:count]
    figure = field_figure(points, {name: swirl(points) for name in names})
    panels = panels_of(figure)
    assert len(panels) == count
    assert max(axes.get_subplotspec().get_gridspec().ncols for axes in panels) <= 3
    assert all(axes.get_aspect() == 1 for axes in panels)
    texts = assert_legible(figure)
    assert {"input 1", "input 2", LONG, "length of the output vector"} <= {*texts}


def test_errors_of_a_grid_are_tiles_in_their_places():
    points = square(7)[np.random.default_rng(1).permutation(49)]
    errors = 10 ** (points[:, 0] - 2 * points[:, 1])
    (panel,) = panels_of(field_error_figure(points, {"a → b": errors}))
    tiles = panel.collections[0].get_array()
    assert tiles.shape == (7, 7)
    line = np.linspace(-2, 2, 7)
    expected = 10 ** (line[None, :] - 2 * line[:, None])
    np.testing.assert_allclose(tiles, expected.clip(min=np.quantile(errors, 0.01)))


def test_all_scattered_errors_are_drawn_the_largest_on_top():
    points = scattered(4000)
    errors = np.exp(np.random.default_rng(2).normal(size=4000))
    (panel,) = panels_of(field_error_figure(points, {"a → b": errors}))
    drawn = panel.collections[0]
    assert len(drawn.get_offsets()) == 4000 and (np.diff(drawn.get_array()) >= 0).all()
    np.testing.assert_array_equal(drawn.get_offsets()[-1], points[errors.argmax()])
    assert drawn.get_array()[-1] == errors.max()


@pytest.mark.parametrize("points", [square(12), scattered(150)], ids=["grid", "scattered"])
def test_errors_share_one_logarithmic_scale_and_can_be_read(points):
    noise = np.abs(np.random.default_rng(3).normal(size=len(points)))
    errors = {LONG: 1e-9 * noise, "b": noise, "exact": 0 * noise, "d": noise * (points[:, 0] > 0)}
    figure = field_error_figure(points, errors)
    limits = {axes.collections[0].get_clim() for axes in panels_of(figure)}
    assert limits == {(np.quantile(1e-9 * noise, 0.01), noise.max())}
    assert bar_of(figure).get_yscale() == "log"
    texts = assert_legible(figure)
    assert {"length of the error (output units)", LONG, "input 1", "input 2"} <= {*texts}


@pytest.mark.parametrize("value", [0.0, 3e-3])
def test_equal_errors_are_drawn(value):
    points = scattered(50)
    assert_legible(field_error_figure(points, {"a → b": np.full(50, value)}))


# Films


def film(frames=8, high=16, wide=16, seed=0):
    return np.random.default_rng(seed).uniform(size=(frames, high, wide))


def test_a_strip_shows_every_image_in_its_row_and_column():
    rows = {"input of A": film(seed=1), "A from B's activations": 3 * film(seed=2) - 1}
    figure = film_strip(rows, [f"{45 * place}°" for place in range(8)])
    assert len(figure.axes) == 16
    for axes, image in zip(figure.axes, np.concatenate([*rows.values()]), strict=True):
        (shown,) = axes.get_images()
        np.testing.assert_array_equal(shown.get_array(), image.clip(0, 1))
        assert shown.get_clim() == (0, 1) and shown.get_cmap().name == "gray"
    lefts, bottoms = np.array([axes.get_position().p0 for axes in figure.axes]).reshape(2, 8, 2).T
    assert (np.diff(lefts, axis=0) > 0).all() and (np.diff(bottoms, axis=1) < 0).all()
    texts = assert_legible(figure)
    assert {*rows, "0°", "315°"} <= {*texts}


@pytest.mark.parametrize("frames, high", [(1, 16), (8, 4), (3, 40), (12, 16)])
def test_names_and_labels_of_a_strip_touch_no_image(frames, high):
    rows = {name: film(frames, high) for name in (LONG, WIDE, "$c$", "W " * 15)}
    figure = film_strip(rows, ["a label too long for it"[: 30 // frames]] * frames)
    assert_legible(figure)
    assert_clear_of_images(figure)
    assert figure.get_figwidth() <= 11.01


def test_images_of_a_strip_keep_their_shape():
    figure = film_strip({"flat": film(3, 10, 40), "tall": film(3, 40, 10)}, "abc")
    for axes, shape in zip(figure.axes, [0.25] * 3 + [4] * 3, strict=True):
        box = axes.get_position()
        wide, high = figure.get_size_inches() * (box.width, box.height)
        assert high >= shape * wide - 1e-9


def test_a_label_for_each_frame_is_needed():
    with pytest.raises(ValueError):
        film_strip({"a": film(3)}, ["0", "1"])


@contextmanager
def opened(data):
    with Image.open(io.BytesIO(data)) as image:
        yield image


def test_an_animation_shows_the_films_enlarged_side_by_side_and_loops():
    rows = {"input of A": film(5, 8, 10, seed=1), "A's own": 2 * film(5, 8, 10, seed=2) - 0.5}
    with opened(animation(rows, 10)) as image:
        assert image.n_frames == 5 and image.info["loop"] == 0 and 600 <= image.width <= 900
        for place, frame in enumerate(ImageSequence.Iterator(image)):
            assert frame.info["duration"] == 100
            grey = np.asarray(frame.convert("L"))
            factor = (image.width - 3 * 12) // 20
            for column, images in enumerate(rows.values()):
                left = 12 + column * (10 * factor + 12)
                bottom = image.height - 12
                part = grey[bottom - 8 * factor : bottom, left : left + 10 * factor]
                blocks = part.reshape(8, factor, 10, factor)
                assert (np.ptp(blocks, axis=(1, 3)) == 0).all()
                expected = np.rint(255 * images[place].clip(0, 1))
                np.testing.assert_array_equal(blocks[:, 0, :, 0], expected)


def test_an_animation_is_the_same_every_time():
    rows = {"a": film(seed=1), "b": film(seed=2)}
    assert animation(rows, 12) == animation(rows, 12)
    assert animation(rows, 12) != animation({**rows, "b": rows["a"]}, 12)


def test_an_animation_is_small():
    # Noise: the worst that there is to compress.
    rows = {name: film(48, 64, 64, seed) for seed, name in enumerate(["a", "b", "c", LONG])}
    data = animation(rows, 12)
    assert len(data) < 1.5e6
    with opened(data) as image:
        assert image.n_frames == 48 and 600 <= image.width <= 900


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("wide", [8, 28, 64])
def test_names_stand_above_their_films_and_do_not_run_into_others(count, wide):
    names = [WIDE, LONG, "$c$ gjpq", "d", "e" * 30, "f"][:count]
    with opened(animation({name: np.ones((1, wide, wide)) for name in names}, 5)) as image:
        grey = np.asarray(image.convert("L"))
    # White films: all that is dark is text, in columns between margins that stay empty.
    dark = grey < 128
    column = (image.width - 12) // count
    assert dark[:, np.arange(count) * column + 6].sum() == 0
    for place in range(count):
        part = dark[:, place * column + 12 : (place + 1) * column]
        assert part.any() and not part[0].any()
    lines = np.flatnonzero((grey == 154).sum(axis=1) > 50)
    assert np.flatnonzero(dark.any(axis=1)).max() < lines.min()


def test_films_of_different_sizes_and_lengths():
    with opened(animation({"a": film(2, 16, 16), "b": film(2, 50, 30)}, 5)) as image:
        assert image.n_frames == 2
    with pytest.raises(ValueError):
        animation({"a": film(2), "b": film(3)}, 5)


def test_equal_frames_take_as_long_as_they_would_alone():
    images = film(4)
    images[2] = images[1]
    with opened(animation({"a": images}, 10)) as image:
        frames = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert frames == [100, 200, 100]


# Reconstructions


def errors_of(columns, choices=20, seed=0):
    noise = np.random.default_rng(seed).normal(size=(choices, columns))
    return 10.0 ** (-np.linspace(0, 15, columns) + 0.3 * noise)


def curves_of(*columns):
    return {
        f"network {place}": {what: errors_of(count, seed=10 * place + len(what))}
        | {other: errors_of(count, seed=10 * place + len(other))}
        for place, count in enumerate(columns)
        for what, other in [("input", "output")]
    }


def line_of(axes, what):
    (line,) = [one for one in axes.lines if one.get_label() == f"{what}, median"]
    return line


def test_medians_and_bands_are_those_of_the_choices():
    curves = curves_of(9, 5)
    figure = reconstruction_figure(curves, 5, 2)
    assert len(figure.axes) == 2
    for axes, one in zip(figure.axes, curves.values(), strict=True):
        assert axes.get_yscale() == "log"
        for band, (what, errors) in zip(axes.collections, one.items(), strict=True):
            line = line_of(axes, what)
            np.testing.assert_array_equal(line.get_xdata(), 1 + np.arange(errors.shape[1]))
            np.testing.assert_allclose(line.get_ydata(), np.median(errors, axis=0))
            corners = band.get_paths()[0].vertices
            for number, column in enumerate(errors.T, start=1):
                ends = corners[corners[:, 0] == number, 1]
                expected = np.quantile(column, (0.1, 0.9))
                np.testing.assert_allclose([ends.min(), ends.max()], expected)


def test_input_and_output_differ_in_more_than_colour():
    (axes,) = reconstruction_figure(curves_of(6), 5, 2).axes
    one, other = line_of(axes, "input"), line_of(axes, "output")
    assert one.get_marker() != other.get_marker() and one.get_linestyle() != other.get_linestyle()
    assert {to_hex(one.get_color()), to_hex(other.get_color())} <= {c.lower() for c in PALETTE}


@pytest.mark.parametrize(
    "columns, required", [((1,), 3), ((1, 1), 5), ((12, 9, 3), 5), ((64, 3), 5), ((5,) * 4, 5)]
)
def test_what_is_required_is_marked_and_all_can_be_read(columns, required):
    figure = reconstruction_figure(curves_of(*columns), required, (required - 1) // 2)
    assert len(figure.axes) == len(columns)
    for axes in figure.axes:
        (mark,) = [one for one in axes.lines if [*one.get_xdata()] == [required] * 2]
        assert mark.get_linestyle() == "--"
        low, high = axes.get_xlim()
        assert low < 1 and high > max(*columns, required)
    texts = assert_legible(figure)
    assert sum(f"2d + 1 = {required}" in text for text in texts) == len(columns)
    said = {"neurons k", "input, median", "output, median", "input, 10 % to 90 %"}
    assert said | {*curves_of(*columns)} <= {*texts}
    assert "relative error of the reconstruction (MSE / variance)" in texts


def test_one_column_has_a_band_too():
    curves = curves_of(1)
    (axes,) = reconstruction_figure(curves, 3, 1).axes
    for band, errors in zip(axes.collections, curves["network 0"].values(), strict=True):
        expected = np.quantile(errors[:, 0], (0.1, 0.9))
        np.testing.assert_allclose(band.get_segments()[0], [(1, expected[0]), (1, expected[1])])


def test_long_names_and_equal_tiny_errors():
    same = {"input": np.full((1, 4), 1e-16), "output": np.full((1, 4), 1e-16)}
    texts = assert_legible(reconstruction_figure({LONG: same, WIDE + " $x$": same}, 3, 1))
    assert LONG in texts
