"""What there is to be told of a project: values, and their JSON. How it looks on a terminal or a page is upstairs."""
