"""What goes on beside the requests: inference runs, search by meaning, placement of what comes in, events."""
