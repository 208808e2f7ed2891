"""What `make figures` can be asked for: the files to make, and the figures to read from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from figures import Figure
from figures.default import SPLITS, digits, other_task, scalar
from figures.few import (
    rotating_horse_few,
    scalar_few,
    vector_field_few,
    vector_field_few_large,
    vector_field_few_small,
)
from figures.neurons import neurons, neurons_small
from figures.paper import rotating_horse, vector_field
from figures.same_task import same_task
from figures.sentiment import sentiment, sentiment_small
from figures.speech import speech, speech_sentiment, speech_sentiment_small, speech_small
from figures.task_zoo import task_zoo
from figures.vibration import STEPS, vibration
from figures.weights import weights, weights_small


@dataclass(frozen=True)
class Choice:
    """The function that yields figures and lines of text, its experiments, and files to make."""

    read: Callable[..., Iterable[Figure | str]]
    experiments: tuple[str, ...]
    targets: tuple[str, ...]

    def lines(self):
        return self.read(*self.experiments)


def reports(read, *experiments):
    """A choice that reads figures behind the pages of experiments."""
    return Choice(read, experiments, tuple(f"results/{name}/report.html" for name in experiments))


def benchmark(read, name):
    """A choice of a size of the same-task benchmark, or of the task zoo."""
    return Choice(read, (name,), (f"results/{name}/benchmark.html",))


def populations(read, *names):
    """A choice that reads figures behind the pages of populations of networks."""
    return Choice(read, names, tuple(f"results/populations/{name}/report.html" for name in names))


def ensembles(read, *names):
    """A choice that reads figures behind the pages of ensembles of networks."""
    return Choice(read, names, tuple(f"results/ensembles/{name}/report.html" for name in names))


MOWER = tuple(f"results/vibration{suffix}/report.html" for suffix in STEPS)

CHOICES = {
    "scalar": reports(scalar, "scalar"),
    "digits": reports(digits, "digits"),
    "digits-splits": reports(digits, *SPLITS),
    "digits-other-task": reports(other_task, "digits-other-task"),
    "vector-field": reports(vector_field, "vector-field"),
    "vector-field-small": reports(vector_field, "vector-field-small"),
    "rotating-horse": reports(rotating_horse, "rotating-horse"),
    "rotating-horse-two-cameras": reports(rotating_horse, "rotating-horse-two-cameras"),
    "vector-field-few": reports(vector_field_few, "vector-field-few"),
    "vector-field-few-large": reports(vector_field_few_large, "vector-field-few-large"),
    "vector-field-few-small": reports(vector_field_few_small, "vector-field-few-small"),
    "scalar-few": reports(scalar_few, "scalar-few"),
    "rotating-horse-few": reports(rotating_horse_few, "rotating-horse-few"),
    "vibration": Choice(
        vibration, ("vibration",), (*MOWER, "results/vibration/positions.html")
    ),
    "sentiment": reports(sentiment, "sentiment", "sentiment-words", "sentiment-cut"),
    "sentiment-small": reports(sentiment_small, "sentiment-small"),
    "speech": reports(speech, "speech", "speech-encoder", "speech-cut"),
    "speech-sentiment": Choice(
        speech_sentiment,
        ("speech-sentiment",),
        ("results/speech-sentiment/report.html", "results/speech-sentiment/network"),
    ),
    "speech-small": reports(speech_small, "speech-small"),
    "speech-sentiment-small": Choice(
        speech_sentiment_small,
        ("speech-sentiment-small",),
        ("results/speech-sentiment-small/report.html", "results/speech-sentiment-small/network"),
    ),
    "same-task": benchmark(same_task, "same-task"),
    "same-task-small": benchmark(same_task, "same-task-small"),
    "task-zoo": benchmark(task_zoo, "task-zoo"),
    "task-zoo-small": benchmark(task_zoo, "task-zoo-small"),
    "weights": populations(
        weights, "tetris", "tetris-symmetric", "tetris-many", "tetris-hyper", "tetris-tasks"
    ),
    "weights-small": populations(weights_small, "tetris-small"),
    "neurons": ensembles(
        neurons, "iris", "digits", "sine-ssa", "sine", "sine-10", "gait", "gait-10", "linear",
        "ecog", "bar-video", "recurrent", "variational", "ode",
    ),
    "neurons-small": ensembles(neurons_small, "iris-small"),
}  # fmt: skip
# The small ones are what continuous integration makes; the digits are among their own splits.
FULL = [name for name in CHOICES if not name.endswith("-small") and name != "digits"]
