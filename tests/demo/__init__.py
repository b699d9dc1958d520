"""A demo: the showcase of this repository with pictures that look drawn, painted by Pillow, for screenshots."""
