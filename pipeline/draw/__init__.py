"""Request to picture: the only room that pays, and the only one that talks to a model."""
