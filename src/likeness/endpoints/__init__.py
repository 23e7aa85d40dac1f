"""One module per documented URL, named after its last path segment."""
