from training.services.defaults import with_given


def test_what_is_configured_or_given_is_kept_from_presets():
    given = {"hidden_size": 256, "preset": "small", "bot": "faq"}

    found = with_given({"layers": 3, "kept": ("layers",)}, given)

    assert found == {
        "layers": 3,
        "hidden_size": 256,
        "preset": "small",
        "bot": "faq",
        "kept": ("layers", "hidden_size"),
    }
