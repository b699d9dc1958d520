"""One function a command: it takes a Context and keyword arguments, prints, and returns the exit code."""
