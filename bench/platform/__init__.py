"""The platform at rest and at the first prompt: processor share and delay."""
