"""The gallery: a project's pictures in a browser, served on this machine or written as files."""
