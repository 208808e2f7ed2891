"""How many samples statistics need. This module does not import torch: ``config`` uses it."""

# With fewer held-out samples, a bootstrap interval covers the truth less often than it should.
TEST_SAMPLES = 20
