"""Mixing and order: who stands where, as closed forms."""
