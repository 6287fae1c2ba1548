"""One file, one thing to find out about pairs; a measure knows no threshold."""
