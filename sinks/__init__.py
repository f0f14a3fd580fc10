"""Writing: shards, rejects, the dataset card, the report, and publishing on the Hub."""
