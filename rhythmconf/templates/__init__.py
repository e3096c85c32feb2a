"""The files that `rhythmconf init` writes. This package contains data and no code."""
