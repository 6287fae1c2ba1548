"""The rows: one module for each thing on record."""
