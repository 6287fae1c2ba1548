"""Trains a small Kandinsky 2.1 from scratch on the rendered world."""
