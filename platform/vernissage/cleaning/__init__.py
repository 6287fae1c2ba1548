"""Cleaning runs: rows, service, driver and shard worker."""
