"""The version of an evaluation's report: higher where a key is gone or means something else."""

FORMAT_VERSION = 1
