"""For classes: submissions are graded, and the mistakes of the class counted."""
