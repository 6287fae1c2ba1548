"""Pure rules over rows: refusals, statements of reasons, transparency, replay."""
