"""How well a pack tells people apart, measured on pictures of people: what `likeness evaluate` does."""
