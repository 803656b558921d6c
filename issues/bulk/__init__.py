"""One move for many issues: chosen in the list, previewed row by row, made row by row by the move's own service."""
