"""Measures whether pictures show what their prompts asked for."""
