"""Widgets: each takes a recipe, draws its controls, and returns the recipe that they say."""
