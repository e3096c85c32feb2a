"""Files that `init` writes: data, no code."""
