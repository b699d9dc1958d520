"""YAML to assets: what people declare, each value with the place where it was written."""
