"""Reads that are not GraphQL plans."""
