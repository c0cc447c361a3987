"""What each part of the method gives: runs of configs that differ in one thing, side by side."""
