"""What networks learn from: pictures, and what can be said of them."""
