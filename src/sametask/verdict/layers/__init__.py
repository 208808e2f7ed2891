"""Whether each of two layers is a function of the other: evidence, decision, controls, words."""
