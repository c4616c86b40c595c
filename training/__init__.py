"""From problems and traces to training data; the embedded model's own training."""
