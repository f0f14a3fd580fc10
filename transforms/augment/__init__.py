"""Augmentation: examples that are changed by chance, as OpusTrainer's modifiers change lines for a trainer."""
