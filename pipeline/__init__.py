"""A declarative asset pipeline: YAML specs in git become images, and only what changed is drawn and paid for."""

__version__ = "0.1.0"
