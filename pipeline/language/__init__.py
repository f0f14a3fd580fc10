"""The recipe language: from the text of a recipe to the parts of a `Recipe` (`pipeline/model.py`)."""
