"""The sections of the benchmark: each file measures one subject with a Bench and returns Figures."""
