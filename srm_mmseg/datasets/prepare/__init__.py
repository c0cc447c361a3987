"""From archives to the layout that the configs read."""
