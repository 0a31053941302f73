"""What lies in a run directory, by name: the trainer writes it, pages and jobs read it."""

from pathlib import Path

CONFIGURATION_FILE = "configuration.json"
# In the configuration: what was asked for, before a preset filled in the rest.
REQUESTED = "requested"
METRICS_FILE, SAMPLES_FILE, EVENTS = "metrics.jsonl", "samples.jsonl", "events"
CHECKPOINTS = "checkpoints"
# Where a run has words of its own.
VOCABULARY_FILE, SURFACE_FORMS_FILE = "vocabulary.txt", "surface_forms.json"
EMBEDDINGS_FILE, NEIGHBOURS_FILE = "embeddings.json", "neighbours.json"
ALIVE_FILE, EXPORT_LOG = "alive.json", "export.log"
BUNDLE = "bundle"


def has_checkpoint(run_directory: Path) -> bool:
    """Whether a run goes on from a checkpoint of its own, whatever it began with."""
    return any((run_directory / CHECKPOINTS).glob("*.json"))
