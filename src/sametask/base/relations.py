"""The possible relations between two layers, and the two directions of a map between them."""

DIRECTIONS = {"a_to_b": ("a", "b"), "b_to_a": ("b", "a")}

EQUIVALENT = "equivalent"
A_DETERMINES_B, B_DETERMINES_A = "a_determines_b", "b_determines_a"
PARTIAL, UNRELATED = "partial", "unrelated"
RELATIONS = (EQUIVALENT, A_DETERMINES_B, B_DETERMINES_A, PARTIAL, UNRELATED)
