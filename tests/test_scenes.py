"""Scenes: pictures are smooth and periodic in the angles, alone or in a batch; bad input."""

import os
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch

from sametask.base.errors import ConfigError, DataError
from sametask.examples.scenes import horse, mesh
from sametask.examples.scenes.grid import mesh_solid
from sametask.examples.scenes.horse_shape import horse_solid

ANGLES = np.linspace(0, 2 * np.pi, 12, endpoint=False)[:, None]
QUARTER = np.pi / 2


def changes(view, angles, h, order, **settings):
    """Return the largest change of a pixel, of first or second order in h, for each angle."""
    images = [view(angles + k * h, **settings) for k in range(order + 1)]
    return np.abs(np.diff(np.stack(images), n=order, axis=0)).max(axis=(0, 2, 3, 4))


def lit(images):
    return images > 0.1


def span(image, axis):
    """Return over how many rows (1) or columns (0) of (h, w) something is seen."""
    return int(lit(image).any(axis).sum())


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    path = tmp_path_factory.mktemp("meshes") / "cube.obj"
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    sides = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [
        f"f {a} {b} {c} {d}" for a, b, c, d in sides
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    path = tmp_path_factory.mktemp("meshes") / "ball.ply"
    pytest.importorskip("trimesh").creation.icosphere(3, radius=7.0).export(path)
    return path


def test_pictures_of_the_horse_are_what_a_network_takes():
    images = horse(ANGLES)
    assert images.shape == (12, 1, 64, 64)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert 0.8 < images.max() <= 1
    assert horse(ANGLES[:2], size=17).shape == (2, 1, 17, 17)
    assert horse(np.zeros((0, 1))).shape == (0, 1, 64, 64)


def test_the_horse_fills_the_picture_and_leaves_its_edge_black():
    images = horse(np.linspace(0, 2 * np.pi, 40)[:, None])
    share = lit(images).mean(axis=(1, 2, 3))
    assert share.min() > 0.1 and share.max() < 0.6
    border = np.concatenate([images[..., [0, -1], :].ravel(), images[..., [0, -1]].ravel()])
    assert border.max() < 0.05
    inside = images[lit(images)]
    assert inside.std() > 0.15


def test_no_pixel_jumps_when_the_angle_changes():
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (24, 1))
    largest = [changes(horse, angles, h, 1) for h in (4e-3, 2e-3, 1e-3, 5e-4)]
    for whole, half in pairwise(largest):
        assert (half < 0.62 * whole).all()
    assert largest[-1].max() < 0.02


def test_second_differences_shrink_faster_than_the_step():
    angles = np.random.default_rng(1).uniform(0, 2 * np.pi, (24, 1))
    second = [changes(horse, angles, h, 2) for h in (2e-3, 1e-3, 5e-4)]
    for whole, half in pairwise(second):
        assert np.median(half / whole) < 0.4
        assert half.max() < 0.45 * whole.max()


def test_the_elevation_is_smooth_too():
    angles = np.random.default_rng(2).uniform([0, -0.3], [6.28, 1.2], (12, 2))
    along = np.array([0.0, 1.0])
    images = [horse(angles + k * along) for k in (0, 1e-3, 2e-3)]
    steps = [np.abs(image - images[0]).max(axis=(1, 2, 3)) for image in images[1:]]
    assert (steps[0] < 0.62 * steps[1]).all()


def test_a_whole_turn_changes_nothing():
    images = horse(ANGLES)
    np.testing.assert_allclose(horse(ANGLES + 2 * np.pi), images, atol=2e-5)
    np.testing.assert_allclose(horse(ANGLES - 6 * np.pi), images, atol=2e-5)


def test_a_picture_depends_on_its_own_point_only():
    images = horse(ANGLES)
    np.testing.assert_array_equal(horse(ANGLES), images)
    np.testing.assert_allclose(horse(ANGLES[::-1])[::-1], images, atol=2e-5)
    for row in (0, 5, 11):
        np.testing.assert_allclose(horse(ANGLES[row : row + 1])[0], images[row], atol=2e-5)


def test_every_angle_looks_different():
    images = horse(np.linspace(0, 2 * np.pi, 60, endpoint=False)[:, None]).reshape(60, -1)
    apart = np.linalg.norm(images[:, None] - images, axis=-1) + 100 * np.eye(60)
    assert apart.min() > 1


def test_the_horse_is_longer_than_wide_and_stands_on_four_legs():
    front, right, back, left = horse(QUARTER * np.arange(4)[:, None], elevation=0.0)[:, 0]
    for side in (right, left):
        assert span(side, 0) > 2 * max(span(front, 0), span(back, 0))
        assert abs(span(side, 1) - span(front, 1)) <= 6
    rows = np.flatnonzero(lit(right).any(1))
    legs = lit(right)[rows[-1] - 4].astype(int)
    assert (np.diff(legs) == 1).sum() == 4
    head = np.flatnonzero(lit(right)[rows[0] : rows[0] + 12].any(0))
    assert head.min() > 32, "at π/2 it looks to the right"


def test_azimuth_and_elevation_are_added_to_the_points():
    images = horse(ANGLES + 0.3, elevation=0.5)
    np.testing.assert_allclose(horse(ANGLES, azimuth=0.3, elevation=0.5), images, atol=2e-5)
    raised = np.c_[ANGLES, np.full(12, 0.2)]
    np.testing.assert_allclose(
        horse(raised, azimuth=0.3, elevation=0.3), horse(np.c_[ANGLES + 0.3, 0 * ANGLES],
        elevation=0.5), atol=2e-5,
    )  # fmt: skip
    assert np.abs(horse(raised) - horse(ANGLES)).max() > 0.2
    far = horse(ANGLES, distance=8.0)
    assert lit(far).mean() < 0.4 * lit(horse(ANGLES)).mean()


def test_the_distance_of_the_horse_is_a_distance():
    solid = horse_solid()
    x = torch.tensor(np.random.default_rng(0).uniform(-0.8, 0.8, (3, 4000)), dtype=torch.float32)
    step = 0.02 * torch.nn.functional.normalize(torch.randn_like(x), dim=0)
    slope = (solid.distance(x + step) - solid.distance(x)).abs() / 0.02
    assert slope.max() < 1.1
    assert solid.distance(x).min() < -0.1 and solid.distance(x).max() > 0.5
    assert solid.low.norm() > 0.9 and (solid.high < 1).all()


@pytest.mark.parametrize("view", ["horse", "mesh"])
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            {"distance": 0.9},
            r"distance: 0\.9.*inside the object.*smallest sensible distance is 1\.5",
        ),
        ({"distance": 0}, "distance: 0.*smallest sensible"),
        ({"distance": float("nan")}, "distance: nan is not a finite number"),
        ({"azimuth": float("inf")}, "azimuth: inf is not a finite"),
        ({"elevation": "high"}, "elevation: 'high' is not a finite"),
        ({"size": 7}, "size: 7.*at least 8"),
        ({"size": 64.5}, r"size: 64\.5"),
    ],
)
def test_a_camera_that_sees_nothing_is_refused(view, setting, message):
    with pytest.raises(ConfigError, match=message) as caught:
        horse(ANGLES, **setting) if view == "horse" else mesh(ANGLES, path="x.obj", **setting)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros(5), r"shape \(5,\).*\(n, 1\)"),
        (np.zeros((5, 3)), r"shape \(5, 3\)"),
        (np.zeros((5, 1, 1)), r"shape \(5, 1, 1\)"),
        (np.array([[0.0], [np.nan]]), "row 1 has an angle that is not finite"),
        ([["a"]], "not an array of numbers"),
    ],
)
def test_points_that_are_no_angles_are_refused(points, message):
    with pytest.raises(DataError, match=message):
        horse(points)


def test_a_ball_looks_like_a_disc_from_everywhere(ball, monkeypatch):
    pytest.importorskip("trimesh")
    monkeypatch.setattr("sametask.examples.scenes.grid.CELLS", 28)  # an eighth of the nodes
    images = mesh(np.array([[0.0, 0.0], [1.0, 0.7], [4.0, -0.9]]), path=str(ball))[:, 0]
    ticks = (np.arange(64) + 0.5) / 32 - 1
    radius = np.hypot(*np.meshgrid(ticks, ticks))
    for image in images:
        assert lit(image)[radius < 0.92].all()
        assert not lit(image)[radius > 1.06].any()
    np.testing.assert_allclose(images[1], images[0], atol=0.25)


def test_a_cube_looks_like_a_cube_and_turns_smoothly(cube):
    pytest.importorskip("trimesh")
    flat = mesh(np.zeros((1, 1)), path=str(cube), elevation=0.0)[0, 0]
    rows, columns = span(flat, 1), span(flat, 0)
    assert abs(rows - columns) <= 2
    assert lit(flat).sum() > 0.9 * rows * columns
    on_edge = mesh(np.full((1, 1), np.pi / 4), path=str(cube), elevation=0.0)[0, 0]
    assert span(on_edge, 0) > 1.1 * columns
    largest = [changes(mesh, ANGLES + 0.1, h, 1, path=str(cube)) for h in (4e-3, 2e-3, 1e-3)]
    for whole, half in pairwise(largest):
        assert (half < 0.7 * whole).all()
    quarter = mesh(ANGLES + QUARTER, path=str(cube)) - mesh(ANGLES, path=str(cube))
    assert np.abs(quarter).mean() < 0.01


def test_the_distance_of_a_cube_is_exact_at_the_nodes_and_signed(cube):
    pytest.importorskip("trimesh")
    x = torch.tensor(np.random.default_rng(0).uniform(-0.6, 0.6, (3, 4000)), dtype=torch.float32)
    outside = x.abs() - 3**-0.5
    exact = outside.clamp_min(0).norm(dim=0) + outside.amax(0).clamp_max(0)
    np.testing.assert_allclose(mesh_solid(str(cube)).distance(x), exact, atol=0.02)


def test_a_changed_file_is_read_again(cube, tmp_path):
    pytest.importorskip("trimesh")
    first = mesh_solid(str(cube))
    assert mesh_solid(str(cube)) is first
    copy = tmp_path / "copy.obj"
    copy.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    sheet = mesh_solid(str(copy))
    os.utime(copy, ns=(1, 1))
    assert mesh_solid(str(copy)) is not sheet
    assert lit(mesh(np.zeros((1, 1)), path=str(copy), elevation=0.9)).any()


def test_a_misspelt_mesh_names_the_nearest_file(cube):
    with pytest.raises(ConfigError, match=r"cubr\.obj: no such file; did you mean 'cube\.obj'"):
        mesh(ANGLES, path=str(cube.with_name("cubr.obj")))
    with pytest.raises(ConfigError, match=r"no such file; valid: none"):
        mesh(ANGLES, path=str(cube.parent / "nowhere" / "cube.obj"))


@pytest.mark.parametrize("name", ["a.pkl", "a.glb", "a", "a.npy"])
def test_other_kinds_of_files_are_refused(name):
    with pytest.raises(ConfigError, match=rf"'{name}': not a mesh; valid: .*\.obj, \.stl, \.ply"):
        mesh(ANGLES, path=name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.obj", "", "not a readable mesh|empty mesh"),
        ("a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\n", "not a readable mesh|no faces"),
        ("a.obj", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", "no area"),
        ("a.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "no area"),
        ("a.obj", "v 0 0 0\nv 1 nan 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
        ("a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "not a readable mesh"),
        ("a.stl", "nonsense", "not a readable mesh|no faces"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 3\n", "not a readable mesh"),
    ],
)
def test_a_mesh_with_nothing_to_see_is_named(tmp_path, name, content, message):
    pytest.importorskip("trimesh")
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=message) as caught:
        mesh(ANGLES, path=str(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_trimesh_the_extra_is_named(monkeypatch, tmp_path):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    monkeypatch.setitem(sys.modules, "trimesh", None)
    with pytest.raises(ConfigError, match=r"pip install 'sametask\[mesh\]'"):
        mesh(ANGLES, path=str(tmp_path / "a.obj"))
