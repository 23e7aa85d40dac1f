"""How well a pack tells people apart, and attacks from live people: what `likeness evaluate` does."""
