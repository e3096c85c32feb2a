"""Open the project on disk and in git, read its documents, and resolve them to the desired State."""
