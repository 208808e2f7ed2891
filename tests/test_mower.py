"""The simulated mower: what comes out, twice the same; unbalance, resonances and impacts."""

import numpy as np
import pytest

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.examples import mower


def conditions(count=64, worn=()):
    """Conditions of healthy rotors without residual unbalance, and then with some wear."""
    state = mower.draw(generator(3, "test"), count, 1.0, 0.5)
    state.wear[:] = 0
    state.residual[:] = 0
    for blade, wear in worn:
        state.wear[:, blade] = wear
    return state


def once_per_turn(acceleration, speed):
    """Size of the line at the rotor's speed, by least squares beside a mean, (n, channels)."""
    sizes = []
    for window, omega in zip(acceleration, speed, strict=True):
        angle = omega * np.arange(mower.STEPS) / mower.RATE
        lines = np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)], axis=1)
        sizes.append(np.hypot(*np.linalg.lstsq(lines, window, rcond=None)[0][:2]))
    return np.array(sizes)


def test_windows_are_what_a_network_takes():
    data = mower.simulate(300, seed=1)
    assert (data["windows"].shape, data["windows"].dtype) == ((300, 100, 6), np.float32)
    assert (data["blades"].shape, data["blades"].dtype) == ((300, 14), bool)
    size = np.sqrt(np.square(data["windows"]).mean(axis=(0, 1)))
    assert (size > 0.2).all() and (size < 3).all()


def test_the_same_arguments_give_the_same_and_a_longer_file_begins_alike():
    short, again, long = (mower.simulate(count, seed=2) for count in (100, 100, 1500))
    for key in short:
        np.testing.assert_array_equal(short[key], again[key])
        np.testing.assert_array_equal(short[key], long[key][:100])
    assert np.abs(mower.simulate(100, seed=3)["windows"] - short["windows"]).mean() > 0.1
    assert np.abs(long["windows"][1024:1500] - long["windows"][:476]).mean() > 0.1


@pytest.mark.parametrize("faulty", [0.2, 0.5037])
def test_the_share_of_faulty_windows_is_the_chosen_one(faulty):
    blades = mower.simulate(8000, seed=4, faulty=faulty)["blades"]
    assert blades.any(axis=1).mean() == pytest.approx(faulty, abs=0.02)
    worn = blades.sum(axis=1)
    assert worn.max() == 3
    assert (worn == 1).sum() / (worn > 0).sum() == pytest.approx(0.7, abs=0.06)
    assert np.ptp(blades.mean(axis=0)) < 0.03


def test_unbalance_is_lost_mass_times_radius_times_speed_squared():
    state = conditions(worn=[(3, 0.5)])
    force = 0.5 * mower.LOST_MASS * mower.BLADE_RADIUS * state.speed**2 / mower.MACHINE_MASS
    expected = force[:, None] * np.hypot(*mower.RIGID.T)
    found = once_per_turn(mower.unbalance(state), state.speed)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_opposite_worn_blades_balance_each_other():
    assert np.abs(mower.unbalance(conditions(worn=[(2, 0.4), (9, 0.4)]))).max() < 1e-9


def test_a_healthy_rotor_has_no_line_above_the_noise_and_a_worn_one_has():
    quiet = {"load": 0, "shaking": 0}

    def line(worn):
        state = conditions(worn=worn)
        for name, value in quiet.items():
            getattr(state, name)[:] = value
        windows = mower.record(state, generator(5, "noise"))[..., :4]
        return once_per_turn(windows * mower.ACCELERATION_UNIT, state.speed)

    noise = mower.ACCELERATION_NOISE * np.sqrt(2 / mower.STEPS)
    assert line([]).max() < 6 * noise
    assert line([(0, 0.3)])[:, 0].min() > 15 * noise


def test_impacts_come_at_the_blade_pass_frequency_and_a_worn_one_is_late_and_hard():
    healthy, worn = conditions(), conditions(worn=[(5, 0.8)])
    times, impulses = mower.impacts(healthy)
    pitch = 2 * np.pi / mower.BLADES / healthy.speed[:, None]
    np.testing.assert_allclose(np.diff(times), np.broadcast_to(pitch, (64, 35)))
    assert times.max(axis=1).min() * mower.RATE > mower.WARM_UP + mower.STEPS
    late, hard = mower.impacts(worn)
    changed = late > times + 1e-9
    assert set(changed[:, :28].sum(axis=1)) == {2}, "once a turn"
    np.testing.assert_allclose(
        (late - times)[changed], (0.8 * mower.LATER * pitch + 0 * times)[changed]
    )
    np.testing.assert_allclose((hard / impulses)[changed], 1 + 0.8 * mower.HARDER)
    np.testing.assert_array_equal(hard[~changed], impulses[~changed])
    angle = worn.phase[:, None] + worn.speed[:, None] * (times - mower.WARM_UP / mower.RATE)
    blade = angle[changed] + 2 * np.pi * 5 / mower.BLADES
    np.testing.assert_allclose(np.cos(blade), 1, atol=1e-9)


@pytest.mark.parametrize("pole", [complex(-158, 2630), -500.0])
def test_ringing_is_the_sum_over_earlier_impacts(pole):
    times, impulses = mower.impacts(conditions(4))
    after = (mower.WARM_UP + np.arange(mower.STEPS))[:, None] / mower.RATE - times[:, None]
    exact = np.where(after >= 0, np.exp(pole * after.clip(0)), 0) * impulses[:, None]
    np.testing.assert_allclose(mower.ringing(times, impulses, pole), exact.sum(-1), atol=1e-9)


def test_a_blow_rings_at_the_resonances():
    times = np.full((1, 36), (mower.WARM_UP + 0.5) / mower.RATE)
    blow = np.eye(1, 36)
    for axis in range(4):
        spectrum = np.abs(np.fft.rfft(mower.resonances(times, blow)[0, :, axis], 2000))
        peaks = 1 + np.flatnonzero(np.diff(np.sign(np.diff(spectrum))) < 0)
        at = np.fft.rfftfreq(2000, 1 / mower.RATE)[peaks[np.argsort(-spectrum[peaks])]]
        for frequency, *_ in mower.MODES:
            assert np.abs(at[:12] - frequency).min() < 60


def test_load_slows_the_rotor_and_takes_power():
    state = mower.draw(generator(6, "test"), 2000, 1.0, 0.5)
    assert np.corrcoef(state.load, state.speed)[0, 1] < -0.3
    windows = mower.record(state, generator(7, "noise"))
    speed = mower.SPEED + mower.SPEED_UNIT * windows[..., 4].mean(axis=1)
    np.testing.assert_allclose(speed, state.speed, atol=0.3)
    torque = mower.POWER_UNIT * windows[..., 5].mean(axis=1) / state.speed
    healthy = ~state.wear.any(axis=1)
    expected = mower.IDLE_TORQUE + mower.LOAD_TORQUE * state.load
    np.testing.assert_allclose(torque[healthy], expected[healthy], rtol=0.15)


def test_difficulty_makes_wear_slighter():
    easy, hard = (mower.draw(generator(8, "test"), 500, d, 0.5) for d in (0.5, 2.0))
    np.testing.assert_allclose(easy.wear, 4 * hard.wear)
    assert (easy.wear > 0).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count: 0 windows"),
        ({"difficulty": 0.0}, r"difficulty: 0\.0"),
        ({"difficulty": float("nan")}, "difficulty: nan"),
        ({"faulty": 0.0}, r"faulty: 0\.0"),
        ({"faulty": 1.0}, r"faulty: 1\.0"),
    ],
)
def test_nonsense_is_refused_in_one_line(arguments, message):
    with pytest.raises(DataError, match=message) as caught:
        mower.simulate(**{"count": 5, "seed": 1, **arguments})
    assert "\n" not in str(caught.value)
