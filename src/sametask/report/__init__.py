"""The reports: a self-contained page for an experiment, its figures as files, and one overview.

Each folder uses only those behind it: ``pages`` put everything together; ``pictures`` choose the
figures of an experiment and caption them, ``tables`` fill the tables; ``figures`` draw plain
arrays; ``wording`` has the sentences, words and numbers; ``data`` reads the stores. Modules called
``match`` are for networks that share only a few inputs: their pairs have a match and no verdict.
None of the folders imports torch.
"""
