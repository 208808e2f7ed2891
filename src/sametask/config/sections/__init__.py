"""The sections of an experiment: every key with its type, its range, and its meaning."""
