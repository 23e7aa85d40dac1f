"""Speed and memory, measured in one run against dlib and against the machine's own peak: `make bench`."""
