"""Writes: each verb checks the role, validates, and runs one short transaction."""
