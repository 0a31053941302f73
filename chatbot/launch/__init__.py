"""Starting everything on one machine: preparation, embedded Redis, supervised processes, demonstration."""
