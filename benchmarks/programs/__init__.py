"""Programs that are measured as processes of their own: the floors, and rhythmconf with clocks at its doors."""
