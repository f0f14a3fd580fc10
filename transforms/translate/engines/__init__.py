"""Engines: what translates segments, one file each."""
