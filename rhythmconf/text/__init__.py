"""Read YAML 1.2 and JSON, and write YAML that keeps comments. This package knows nothing about tenants and plans."""
