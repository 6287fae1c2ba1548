"""Timings worth watching, side by side with a peer in one run. Not shipped."""
