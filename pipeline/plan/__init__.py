"""Assets to a plan: decides what is to happen, pays nobody and writes nothing."""
