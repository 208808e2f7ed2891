"""The same-task benchmark: networks with known relations, and how often these are found."""
