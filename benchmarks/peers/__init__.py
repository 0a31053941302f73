"""Contestants of the training benchmark, each in a process and maybe an environment of its own."""
