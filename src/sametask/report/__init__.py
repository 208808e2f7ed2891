"""The report of an experiment: one self-contained page, and its figures as files.

``data`` reads the stores, ``figures_*`` draw plain arrays, ``gallery`` chooses the figures of an
experiment, ``wording`` says in plain words what they show, ``page`` puts everything together.
None of them imports torch.
"""

from pathlib import Path

TEMPLATE = Path(__file__).with_name("page.html")
