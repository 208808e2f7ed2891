"""The same-task benchmark: a zoo of networks whose relations are known, and who finds them."""
