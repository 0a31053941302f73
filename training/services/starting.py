"""What a training can start from: a trained model whose run is still here."""

from preprocessing.errors import SettingsError
from training.architectures import ARCHITECTURES
from training.models import TrainedModel
from training.run_files import CONFIGURATION_FILE


def starting_model(name: str) -> TrainedModel:
    """Return the trained model that a training shall go on from; its run directory holds its bundle.

    Raises:
        SettingsError: there is none of that name, it has no network, or its run is not here.
    """
    trained_model = TrainedModel.objects.filter(name=name).first()
    if trained_model is None:
        known = ", ".join(TrainedModel.objects.order_by("-pk").values_list("name", flat=True)[:10])
        raise refusal(f"be the name of a trained model. Received {name!r}. Known: {known or 'none'}.")
    architecture = ARCHITECTURES.get(trained_model.architecture)
    if architecture is not None and not architecture.network:
        raise refusal(f"name a trained network; {name} only looks up what is written. Choose another one.")
    if not (trained_model.location.parent / CONFIGURATION_FILE).is_file():
        gone = "whose run directory is gone" if trained_model.job_id else "which was imported"
        raise refusal(
            f"name a trained model that was trained here. Received {name}, {gone}: a bundle alone holds no "
            "checkpoint. Choose another one."
        )
    return trained_model


def refusal(text: str) -> SettingsError:
    return SettingsError(f"start_from must {text}", setting="start_from")
