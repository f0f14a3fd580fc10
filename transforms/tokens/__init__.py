"""Tokens: what a recipe calls a tokenizer, how it is loaded, and what is counted with it."""
