"""Frozen values that every stage speaks; this package imports nothing else of the project."""
