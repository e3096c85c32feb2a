"""YAML 1.2 in, YAML out with its comments kept; knows nothing of rhythmconf."""
