"""What `init --github` and `init --gitlab` write, and what `action.yml` runs: plain files, no code."""
