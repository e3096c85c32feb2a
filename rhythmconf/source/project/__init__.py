"""Read and write the files of a project, and ask git: nothing else does."""
