"""Engines: processes of this machine, or many machines, that run a job's tasks."""
