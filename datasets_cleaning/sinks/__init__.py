"""Where kept image-text pairs go: every byte as it was, every file whole."""
