"""The command, the recipe language, and the graph that a recipe becomes."""
