"""The report of an experiment: one self-contained page, and its figures as files.

``data`` reads the stores, ``figures_*`` draw plain arrays, ``pictures_*`` choose the figures of an
experiment and caption them, ``wording`` and ``tables`` say what the numbers are, ``page`` puts
everything together.
None of them imports torch.
"""

from pathlib import Path

TEMPLATE = Path(__file__).with_name("page.html")
