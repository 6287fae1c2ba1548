"""The password of test accounts."""

PASSWORD = "a quiet evening by the lake"  # noqa: S105  # opens nothing but a test
