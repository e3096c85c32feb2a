"""Members in the emulated tenant: certifications, applications, billing runs and what runs do.

They are transactional: no catalog of a project has these kinds, so they are never managed, planned or pulled. Their
schemas stand beside this file. Who the members are and what a run does is decided elsewhere: see `Simulation`.
"""
