"""The life of one artwork, in order: submit, screen, paint, hang, review."""
