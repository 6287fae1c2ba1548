"""A small world that the project renders itself: emoji on coloured backgrounds."""
