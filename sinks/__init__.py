"""Writing: shards, rejects, the card, the manifest."""
