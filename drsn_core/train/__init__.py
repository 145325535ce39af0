"""Training as a stream of epochs, from a recipe in TOML."""
