"""A second opinion about forecasts: another tenant and another count, which share no code with rhythmconf."""
