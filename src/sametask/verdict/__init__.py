"""The verdict on two layers: evidence, decision, controls, and the words for it."""
