"""What a request may cost: refused before it is run, in time linear in its size."""
