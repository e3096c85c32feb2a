"""The files: read documents, resolve them to the desired State, and open the project on disk and in git."""
