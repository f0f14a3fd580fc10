"""Translation: segments, the memory, requests and engines."""
