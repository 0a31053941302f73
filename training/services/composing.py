"""Ready trained models are joined: one's generator, another one's ranker, a third one's way back."""

from collections.abc import Sequence
from pathlib import Path

from answering.bundle import Bundle, new_bundle, write_manifest
from answering.composition import compose
from preprocessing.dataset import Dataset as DatasetFiles
from training.evaluation.modes import with_modes
from training.models import TrainedModel
from training.models.paths import stored_path
from training.services.bundles import import_name, new_bundle_place, try_bundle
from training.services.evaluations import evaluation_queue_after_training


def trained_model_compose(*, trained_models: Sequence[TrainedModel], name: str | None) -> TrainedModel:
    """Make a trained model of the parts of others: of each kind the first one's that has it.

    Its mode and how sure its answers may be are measured on held-out questions of the first one's dataset.

    Raises:
        ChatbotError: they cannot be joined, or the name is taken.
    """
    chosen = import_name(Path("-".join(row.architecture for row in trained_models)), name)
    bundles = [Bundle.open(row.location) for row in trained_models]
    dataset = next((row.dataset for row in trained_models if row.dataset is not None), None)
    with new_bundle_place(chosen) as place:
        with new_bundle(place) as partial:
            manifest = compose(bundles, partial)
            if dataset is not None:
                manifest = with_modes(manifest, partial, DatasetFiles.open(dataset.location))
            write_manifest(partial, manifest)
            try_bundle(partial)
        trained_model = TrainedModel.objects.create(
            name=chosen,
            architecture=manifest.architecture,
            dataset=dataset,
            directory=stored_path(place),
            metrics=manifest.metrics,
        )
    evaluation_queue_after_training(trained_model=trained_model)
    return trained_model
