"""Run other flows for each member of a fleet.

`member` does the work for one tenant, in a worker. `engine` hands the members to workers of an executor. `orders` makes
what is handed over. Only small values travel between the two: no plan, no record, no token.
"""
