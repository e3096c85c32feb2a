"""Measure the speed of rhythmconf as ratios to floors from the same run: `python -m benchmarks`."""
