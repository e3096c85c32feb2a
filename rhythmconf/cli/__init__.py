"""argv -> exit code: the only room that reads files, prints, prompts and exits."""
