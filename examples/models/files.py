"""Pictures from files and to files, for the command lines."""

import pathlib


def opened(parser, path):
    """The picture in a file, upright and without transparency, or an error of the parser."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except OSError as error:
        parser.error(f"cannot read {path}: {error}")


def check_can_be_written(parser, path):
    """An error of the parser, before anything is computed, where a picture cannot be saved."""
    from PIL import Image

    path = pathlib.Path(path)
    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        parser.error(f"{path}: the ending must be that of a picture, such as .png")
    if not path.parent.is_dir():
        parser.error(f"{path.parent} is no folder")
