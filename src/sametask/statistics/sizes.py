"""How many samples statistics need. Nothing here needs torch, so that configurations can ask."""

# Below this number of held-out samples a bootstrap interval covers less than it says.
TEST_SAMPLES = 20
