"""Sentences spoken by the voices of espeak-ng, as a data set."""
