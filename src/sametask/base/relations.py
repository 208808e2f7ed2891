"""The possible relations between two layers, and the two directions of a map between them."""

DIRECTIONS = {"a_to_b": ("a", "b"), "b_to_a": ("b", "a")}

EQUIVALENT = "equivalent"
A_DETERMINES_B, B_DETERMINES_A = "a_determines_b", "b_determines_a"
PARTIAL, UNRELATED = "partial", "unrelated"
RELATIONS = (EQUIVALENT, A_DETERMINES_B, B_DETERMINES_A, PARTIAL, UNRELATED)

# What two networks learned, one of the other.
SAME_TASK, OTHER_TASK, UNDECIDED = "same_task", "other_task", "undecided"
A_CONTAINS_B, B_CONTAINS_A = "a_contains_b", "b_contains_a"
TASK_RELATIONS = (SAME_TASK, A_CONTAINS_B, B_CONTAINS_A, OTHER_TASK, UNDECIDED)
# Neither the same nor another task: of networks that were changed, or trained for a short time.
GRADED = "graded"
