"""What ``check`` says of an experiment that works, but not well."""

from types import SimpleNamespace

import pytest

from sametask.activations.layout import Layout
from sametask.check.stage_limits import describe_few_samples


def asked(fit, slices=None):
    positions = SimpleNamespace(samples=slices, per_sample=10, frames=None) if slices else None
    networks = dict.fromkeys(("wide", "narrow", "lstm"), SimpleNamespace(neurons="all"))
    samples = SimpleNamespace(fit=fit)
    return SimpleNamespace(samples=samples, positions=positions, networks=networks)


@pytest.mark.parametrize(("fit", "said"), [(299, 1), (300, 0)])
def test_fewer_than_three_samples_a_neuron_are_said(fit, said):
    layouts = {
        "wide": Layout(("h",), ((100,),), tuple(range(100))),
        "narrow": Layout(("h",), ((100,),), tuple(range(4))),
    }
    texts = describe_few_samples(asked(fit), layouts)
    assert len(texts) == said
    if said:
        assert texts[0].startswith("wide: 299 fit samples for 100 measured neurons, fewer than 3")
        assert "\n" not in texts[0]


def test_of_slices_their_number_and_the_neurons_of_all_steps_count():
    layout = Layout(("h",), ((5,),), tuple(range(5)), steps=20, per_sample=10)
    (text,) = describe_few_samples(asked(200, slices=149), {"lstm": layout})
    assert text.startswith("lstm: 149 fit slices for 50 measured neurons")
    assert describe_few_samples(asked(200, slices=150), {"lstm": layout}) == []
