"""The tables of the first migration, as plain lists of its operations."""
