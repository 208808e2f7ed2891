"""What the networks of an ensemble learn: the key ``data`` of a file in ``config/ensembles``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sametask.config.sections.section import LARGEST, Count, Length, NotNegative, Section

HeldOut = Annotated[float, Field(gt=0, lt=1)]


class Data(Section):
    """Rows to learn from, and rows that are held out."""

    # Whether rows have classes; else they have numbers to be given back or told in advance.
    classified: ClassVar[bool]

    held_out: HeldOut = Field(
        0.3, description="The share of the rows that no network is trained on."
    )
    splits: int = Field(
        1, ge=1, le=1000, description="How often rows are held out anew; each has its ensemble."
    )

    def sources(self) -> list[str]:
        """Return the files and folders of the user that the rows are read from."""
        return []


class Series(Data):
    """A series of numbers, cut into windows. What is held out is the end of the series.

    A window is ``network.inputs`` numbers; what is wanted of it are the ``network.outputs`` numbers
    from its first one on.
    """

    classified: ClassVar[bool] = False

    splits: Literal[1] = 1


class NoisySine(Series):
    """sin(t) at points at equal distances, with noise."""

    of: Literal["noisy_sine"] = "noisy_sine"
    points: Count = Field(500, description="Points.")
    reach: Length = Field(4.0, description="t is from −π times this to π times this.")
    noise: NotNegative = Field(0.2, description="Standard deviation of the noise.")


class Gait(Series):
    """Simulated acceleration of a walking person: harmonics of a stride that drift, and noise."""

    of: Literal["gait"] = "gait"
    points: Count = Field(10_000, description="Readings.")
    rate: Length = Field(50.0, description="Readings in a second (Hz).")
    stride: Length = Field(1.0 / 0.96, description="Strides in a second (Hz).")
    harmonics: list[NotNegative] = Field(
        [0.18, 0.25, 0.45, 0.15], min_length=1, description="Amplitude of each harmonic."
    )
    jitter: NotNegative = Field(
        0.1, description="Standard deviation of the phase that a stride gains or loses (rad)."
    )
    drift: NotNegative = Field(
        0.1, description="Standard deviation of the logarithm of each amplitude, which drifts."
    )
    noise: NotNegative = Field(0.2, description="Standard deviation of the noise.")


class MotionSense(Series):
    """Readings of an accelerometer in CSV files of MotionSense, or in .h5 or .parquet files."""

    of: Literal["motion_sense"] = "motion_sense"
    files: list[str] = Field(min_length=1, description="The files, one after another.")
    column: str = Field("userAcceleration.x", description="The column that is read.")
    points: Count | None = Field(None, description="The first readings; left out: all.")
    rate: Length = Field(50.0, description="Readings in a second (Hz).")

    def sources(self) -> list[str]:
        """Return the files of readings."""
        return self.files


class Iris(Data):
    """Fisher's irises as scikit-learn ships them, standardised by the rows to learn from."""

    classified: ClassVar[bool] = True

    of: Literal["iris"] = "iris"


class Digits(Data):
    """The digits that scikit-learn ships: images of 8 × 8 pixels from 0 to 1."""

    classified: ClassVar[bool] = True

    of: Literal["digits"] = "digits"


class Mnist(Data):
    """MNIST from its IDX files, or from a folder or name that ``datasets`` reads."""

    classified: ClassVar[bool] = True

    of: Literal["mnist"] = "mnist"
    images: str | None = Field(None, description="The IDX file of images; .gz is unpacked.")
    labels: str | None = Field(None, description="The IDX file of their classes.")
    source: str | None = Field(None, description="A folder or name of `datasets`, instead.")
    rows: Count | None = Field(None, description="Images drawn at random; left out: all.")

    def sources(self) -> list[str]:
        """Return the IDX files, or the folder; what has no such path is a name of the hub."""
        named = self.source if self.source and Path(self.source).exists() else None
        return [path for path in (self.images, self.labels, named) if path is not None]

    @model_validator(mode="after")
    def _one_source(self) -> Mnist:
        both = self.images is not None and self.labels is not None
        either = self.images is not None or self.labels is not None
        if (self.source is None) != both or (self.source is not None and either):
            raise ValueError("takes either images and labels, or source")
        return self


class BarVideo(Data):
    """A film of a bar that turns: images of 16 × 16 pixels, each to be given back."""

    classified: ClassVar[bool] = False

    of: Literal["bar_video"] = "bar_video"
    splits: Literal[1] = 1
    frames: Count = Field(1200, description="Frames.")
    period: Length = Field(24.0, description="Frames in half a turn, after which it looks alike.")
    side: int = Field(16, ge=4, le=256, description="Height and width in pixels.")
    noise: NotNegative = Field(0.1, description="Standard deviation of the noise of all pixels.")


class Video(Data):
    """Frames (n, height, width) from an .npz or .npy file, or a folder of images."""

    classified: ClassVar[bool] = False

    of: Literal["video"] = "video"
    splits: Literal[1] = 1
    source: str = Field(description="The file, or the folder; images are read in order of name.")

    def sources(self) -> list[str]:
        """Return the file, or the folder."""
        return [self.source]


class Ecog(Data):
    """Simulated electrocorticograms of two classes: rest, and movement of a hand.

    While the hand moves, there is less power from 13 to 30 Hz, and more from 70 to 110 Hz.
    """

    classified: ClassVar[bool] = True

    of: Literal["ecog"] = "ecog"
    windows: Count = Field(600, description="Windows.")
    channels: Count = Field(8, description="Electrodes.")
    rate: Length = Field(250.0, description="Readings in a second (Hz).")
    seconds: float = Field(2.0, gt=0, le=LARGEST, description="Length of a window.")
    effect: float = Field(0.5, ge=0, lt=1, description="Change of power with movement, as a share.")


class EcogRecording(Data):
    """Windows of a recording in an NWB file, around times whose class the file names."""

    classified: ClassVar[bool] = True

    of: Literal["nwb"] = "nwb"
    file: str = Field(description="The NWB file.")
    series: str = Field("ElectricalSeries", description="The electrical series among acquisitions.")
    labels: str = Field("label", description="The column of the table of trials with the classes.")
    seconds: float = Field(2.0, gt=0, le=LARGEST, description="Length of a window.")

    def sources(self) -> list[str]:
        """Return the NWB file."""
        return [self.file]


class LinearGaussian(Data):
    """Numbers that depend linearly on inputs, with normal noise: covariances are known of them."""

    classified: ClassVar[bool] = False

    of: Literal["linear_gaussian"] = "linear_gaussian"
    rows: int = Field(6250, ge=20, le=10_000_000, description="Rows.")
    held_out: HeldOut = Field(0.2, description="The share of rows that no network is trained on.")
    inputs: Count = Field(5, description="Inputs.")
    condition: float = Field(
        10.0, ge=1, le=1e6, description="Largest variance of a direction of inputs over smallest."
    )
    noise: Length = Field(1.0, description="Standard deviation of the noise.")

    @model_validator(mode="after")
    def _determined(self) -> LinearGaussian:
        learned, weights = self.rows - round(self.held_out * self.rows), self.inputs + 1
        # Of n rows that are drawn n times with replacement, a third is missing.
        if learned < 3 * weights:
            raise ValueError(
                f"rows: {learned} of {self.rows} to learn from, which do not decide {weights} "
                f"weights in every sample; at least {3 * weights} are needed"
            )
        return self


EnsembleData = Annotated[
    NoisySine
    | Gait
    | MotionSense
    | Iris
    | Digits
    | Mnist
    | BarVideo
    | Video
    | Ecog
    | EcogRecording
    | LinearGaussian,
    Field(discriminator="of"),
]
