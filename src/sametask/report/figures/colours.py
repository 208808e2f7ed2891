"""Every colour of the figures. Those of the pages are in ``pages/templates/style.css``."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap

# The palette of Okabe and Ito, whose colours readers with colour-blindness can distinguish. Its
# yellow is too pale for lines on white, and is replaced.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
CLASSES = (*PALETTE, "#882255", "#000000", "#999999", "#8B7500")
TRUTH, ACCENT, ALARM = "#000000", "#0072B2", "#B00020"
CONTINUOUS = "viridis"
# For angles; darkened, because its palest colours cannot be seen on white.
CYCLIC = ListedColormap(colormaps["twilight"](np.linspace(0, 1, 256))[:, :3] * 0.85, name="angle")
# Greys, from the darkest: writing, differences, edges and controls, baselines, muted marks, samples
# in the background, the grid, areas.
WRITING, DIFFERENCE, EDGE, CONTROL = "#222222", "#444444", "#555555", "#666666"
BASELINE, MUTED, PALE, GRID, AREA = "#8C8C8C", "#9A9A9A", "#ADADAD", "#E6E6E6", "#EFEFEF"
# Tints: boxes of our map and of others, and the range in which a threshold is reached.
OURS, OTHERS, REACHED = "#9CC9E6", "#E3E3E3", "#E3F1FA"
