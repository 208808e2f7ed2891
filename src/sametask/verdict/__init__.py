"""The verdict on two layers: evidence, decision, controls, and sentences."""
