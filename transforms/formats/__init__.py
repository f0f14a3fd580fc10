"""Formats: templates as data, and the step that applies them."""
