"""Celery: the workers' entrance."""
