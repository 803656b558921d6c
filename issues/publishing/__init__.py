"""A holiday notice on its way into force: entered by one person, approved by another, counted by everywhere."""
