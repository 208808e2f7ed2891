"""The networks of an ensemble, many of one shape at once, by the kinds that settings name."""
