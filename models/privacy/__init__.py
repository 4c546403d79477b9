"""Personal data in what customers say: found, taken out, and the original sealed."""
