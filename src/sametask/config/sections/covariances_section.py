"""How means and covariances of neurons are estimated: the key ``covariances`` of ``neurons``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sametask.config.sections.section import LARGEST, Count, Section
from sametask.config.sections.study_section import one_of

# Every estimator of the mean and covariance of a neuron (neurons/covariances/estimators.py).
ESTIMATORS = (
    "bootstrap", "bootstrap-ledoit-wolf", "bootstrap-oas",
    "sandwich-offline", "sandwich-online", "sandwich-batch-means",
    "bayes-full", "bayes-diagonal", "bayes-low-rank", "bayes-block-diagonal",
    "laplace",
)  # fmt: skip

Estimator = Annotated[str, one_of(ESTIMATORS)]


class Descent(Section):
    """Averaged stochastic gradient descent, from a network of the ensemble on."""

    steps: int = Field(2000, ge=20, le=10_000_000, description="Steps.")
    batch: Count = Field(16, description="Rows in a step, drawn with replacement.")
    chains: Count = Field(32, description="Descents that begin alike and draw other rows.")


class Bayes(Section):
    """Networks whose neurons have a normal distribution, fitted by their evidence bound."""

    steps: int = Field(1500, ge=10, le=10_000_000, description="Steps.")
    batch: Count = Field(128, description="Rows in a step.")
    rate: float = Field(0.05, gt=0, le=LARGEST, description="Learning rate at the first step.")
    rank: Count = Field(2, description="Columns of `bayes-low-rank`, beside the diagonal.")
    block: Count = Field(4, description="Weights in a block of `bayes-block-diagonal`.")


class Covariances(Section):
    """What decides the estimates of covariances."""

    descent: Descent = Field(Descent(), description="What the sandwich and Laplace rest on.")
    damping: float = Field(
        1e-3, gt=0, lt=1, description="Eigenvalues of a Hessian are at least this share of largest."
    )
    rows: Count = Field(5000, description="Rows that a Hessian is averaged over, at most.")
    prior_variance: float = Field(
        1.0, gt=0, le=LARGEST, description="Variance of every weight before any row is seen."
    )
    bayes: Bayes = Field(Bayes(), description="Networks with a distribution of weights.")
    replications: int = Field(
        500,
        ge=2,
        le=100_000,
        description="Data sets drawn anew to check coverage, where it can be.",
    )
