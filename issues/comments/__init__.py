"""What the house says to itself about an issue: words, files and names of colleagues, in the issue's timeline."""
