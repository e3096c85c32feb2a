"""Programs that are measured as processes: the floors, and rhythmconf with timers in its functions."""
