"""Opens nothing but a test."""

PASSWORD = "a quiet evening by the lake"  # noqa: S105  # opens nothing but a test
