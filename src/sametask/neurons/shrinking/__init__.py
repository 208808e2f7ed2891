"""Which neurons can be merged or left out, and what the smaller networks still do."""
