"""Reading replies: thoughts, stream events, the wire format and faults."""
