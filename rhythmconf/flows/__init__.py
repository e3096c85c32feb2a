"""One file for each verb: a flow takes values, yields events and returns a value. Flows print nothing."""
