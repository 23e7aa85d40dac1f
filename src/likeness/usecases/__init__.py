"""What each call means."""
