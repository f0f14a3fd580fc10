"""Reading sources into batches: one file a format."""
