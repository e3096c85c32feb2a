"""One file a verb: each flow takes values, yields events and gives a value. Flows print nothing."""
