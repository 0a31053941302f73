"""A corpus: files with conversations, uploaded or named by their path."""

from pathlib import Path

from django.core.validators import RegexValidator
from django.db import models

from preprocessing.readers.sql import is_postgresql, without_password
from training.models.paths import absolute_path
from training.parameters import CORPUS_FORMATS

# A name becomes part of file names and of commands.
NAME_VALIDATOR = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z",
    "A name must have 1 to 64 letters, digits, dots, dashes or underscores and start with a letter or digit.",
)


class Corpus(models.Model):
    name = models.CharField(max_length=64, unique=True, validators=[NAME_VALIDATOR])
    format = models.CharField(
        max_length=32,
        choices=[(name, name) for name in CORPUS_FORMATS],
        default="auto",
        help_text="How the files are read; auto looks into them.",
    )
    path = models.CharField(
        max_length=1000,
        help_text="A file, a folder or a database's address; relative paths lie below the data directory.",
    )
    # How a table's columns are called, and what is asked of a database.
    columns = models.CharField(max_length=500, blank=True, default="")
    query = models.TextField(blank=True, default="")
    # The job that selected it from another corpus, where one did.
    job = models.ForeignKey("training.Job", null=True, on_delete=models.SET_NULL, related_name="corpora")
    uploaded = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "corpora"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def location(self) -> Path:
        return absolute_path(self.path)

    @property
    def source(self) -> Path | str:
        """What a reader is given: the location, or a database's address as it is."""
        return self.path if is_postgresql(self.path) else self.location

    @property
    def shown_path(self) -> str:
        """The path, or a database's address without its password."""
        return without_password(self.path) if is_postgresql(self.path) else self.path
