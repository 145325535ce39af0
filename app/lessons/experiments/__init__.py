"""What the live figures of the lessons compute, a module for each subject."""
