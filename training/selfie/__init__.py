"""What front and side selfies are judged by: the network of head pose, limits, and the thresholds across pose."""
