"""The reports: a self-contained page for an experiment, its figures as files, and one overview.

Each folder uses those behind it: ``pages`` put everything together, ``pictures`` choose the figures
of an experiment and caption them, ``tables`` and ``wording`` say what the numbers are, ``figures``
draw plain arrays, ``data`` reads the stores. What is called ``match`` is of networks that share
only a few inputs: their pairs have a match and no verdict. None of them imports torch.
"""
