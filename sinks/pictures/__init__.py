"""Pictures of what a dataset is made of."""
