"""A project that is kept up with while people work on it: read again at each change, and built where that is wanted."""
