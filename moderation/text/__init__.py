"""Text: one spelling, one language, and the classifiers that read it."""
