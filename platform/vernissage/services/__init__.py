"""The life of one artwork, in order: submit, screen, generate, publish, review."""
