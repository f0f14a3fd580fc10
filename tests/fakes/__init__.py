"""Fakes of what the pipeline talks to, each a process of its own, and of the files that it reads."""
