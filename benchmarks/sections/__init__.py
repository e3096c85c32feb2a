"""What is measured, a file each: a Bench in, Figures out."""
