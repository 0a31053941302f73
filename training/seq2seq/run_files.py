"""What export.py still reads here; all names of run files are in training/run_files.py."""

from training.run_files import BUNDLE as BUNDLE
