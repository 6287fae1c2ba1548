"""Make the small bundled weights: data, fit and conversion."""
