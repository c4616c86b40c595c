"""Reading and cleaning text: extraction of short answers, normalisation, segments, safe display."""
