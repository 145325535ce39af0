"""Pages of the Studio."""
