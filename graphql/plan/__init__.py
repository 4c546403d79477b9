"""From a selection to one SQL statement that returns finished JSON."""
