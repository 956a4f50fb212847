"""Draws the pictures of the cars that the identity provider serves."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

_SIZE = (640, 320)

# Draw at twice the size, then scale down: that smooths the edges.
_SCALE = 2

_BODY = (
    (30, 230),
    (40, 180),
    (120, 158),
    (205, 88),
    (250, 72),
    (420, 72),
    (465, 86),
    (540, 150),
    (600, 170),
    (614, 232),
    (600, 246),
    (40, 246),
)
_WINDOWS = (
    ((168, 152), (226, 100), (258, 90), (318, 90), (318, 152)),
    ((332, 152), (332, 90), (410, 90), (444, 100), (500, 152)),
)
_LIGHTS = (((36, 196), (44, 182), (74, 176), (66, 196)), ((600, 182), (612, 206), (588, 204), (580, 182)))
_WHEELS = ((150, 244), (492, 244))

_GLASS = "#1c2833"
_LIGHT = "#f7e9a0"
_TIRE = "#17191c"
_RIM = "#c9ced6"


def draw(color: str, *, mirrored: bool) -> bytes:
    """Draw a car from the side, as PNG with a transparent background."""
    image = Image.new("RGBA", (_SIZE[0] * _SCALE, _SIZE[1] * _SCALE))
    pen = ImageDraw.Draw(image)
    pen.polygon(_scaled(_BODY), fill=color)
    for shapes, fill in ((_WINDOWS, _GLASS), (_LIGHTS, _LIGHT)):
        for shape in shapes:
            pen.polygon(_scaled(shape), fill=fill)
    for wheel in _WHEELS:
        for radius, fill in ((48, _TIRE), (28, _RIM), (8, _TIRE)):
            pen.circle(_scaled((wheel,))[0], radius * _SCALE, fill=fill)
    image = image.resize(_SIZE, Image.Resampling.LANCZOS)
    file = BytesIO()
    (ImageOps.mirror(image) if mirrored else image).save(file, "PNG")
    return file.getvalue()


def _scaled(points: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]
