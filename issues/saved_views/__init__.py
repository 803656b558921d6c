"""Views of the issue list that people keep under a name and share: the address of a list, put away."""
