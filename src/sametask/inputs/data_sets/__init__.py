"""Data sets on disk: arrays, files of the user, labels, equal rows."""
