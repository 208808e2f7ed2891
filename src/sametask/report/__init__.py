"""The reports: a self-contained page for an experiment, its figures as files, and one overview.

``data`` reads the stores, ``figures_*`` draw plain arrays, ``pictures_*`` choose the figures of an
experiment and caption them, ``wording``, ``verdict`` and ``tables`` say what the numbers are,
``page`` puts everything together; ``summary`` does so for all experiments,
``positions`` for those that cut the same sequences into other slices. What ends in ``_match``
is of networks that share only a few inputs: their pairs have a match and no verdict.
None of them imports torch.
"""

from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
