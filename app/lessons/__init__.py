"""The lessons: what their texts and steps are (`content`), what their figures show (`kinds`), how they are kept."""
