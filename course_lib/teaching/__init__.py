"""What only lessons use: exercises, figures, claims and widgets."""
