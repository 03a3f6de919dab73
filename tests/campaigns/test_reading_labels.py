"""Every label gives its text back."""

from campaigns import labels


def test_every_label_gives_its_text_back_in_every_format_at_203_dpi() -> None:
    print(labels.campaign(200, 1))
