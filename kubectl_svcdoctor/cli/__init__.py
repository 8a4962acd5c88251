"""The command line: words, flags, sub-commands, and one run of an examination."""
