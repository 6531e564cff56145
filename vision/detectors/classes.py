"""Which of a model's classes are pets, and which is a person."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vision.detectors.found import PERSON, PET, BadModel

_NAMES_BY_ID = (
    "person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant - stop_sign "
    "parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe - backpack umbrella - - "
    "handbag tie suitcase frisbee skis snowboard sports_ball kite baseball_bat baseball_glove skateboard "
    "surfboard tennis_racket bottle - wine_glass cup fork knife spoon bowl banana apple sandwich orange "
    "broccoli carrot hot_dog pizza donut cake chair couch potted_plant bed - dining_table - - toilet - tv "
    "laptop mouse remote keyboard cell_phone microwave oven toaster sink refrigerator - book clock vase "
    "scissors teddy_bear hair_drier toothbrush"
)

COCO_BY_ID = ("", *(name.strip("-").replace("_", " ") for name in _NAMES_BY_ID.split()))
"""The names at the numbers that COCO's annotations use, 0 to 90; empty where there is no class
(Lin et al., Microsoft COCO, 2014; its instances_val2017.json)."""
COCO = tuple(name for name in COCO_BY_ID if name)
"""The 80 names without the gaps: as most models count them."""

Kinds = Mapping[int, str]
"""``PET`` or ``PERSON`` for those of a model's class numbers that count."""


def read_labels(path: Path) -> tuple[str, ...]:
    """The class names in ``path``, one a line, the first that of number 0; raises ``BadModel``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadModel(f"the labels {path} are no text: write one class a line, in UTF-8") from None
    except OSError as error:
        raise BadModel(f"the labels {path} cannot be read: {error.strerror}") from None
    names = tuple(line.strip() for line in text.rstrip().splitlines())
    if not any(names):
        raise BadModel(f"the labels {path} are empty: write one class a line")
    return names


def kinds(names: Sequence[str], pets: Sequence[str]) -> Kinds:
    """The numbers of the classes that are ``pets``, and that of a person where there is one.

    Raises ``BadModel`` where one of ``pets`` is no class of the model.
    """
    known = {name.lower(): number for number, name in enumerate(names) if name}
    strange = [pet for pet in pets if pet.lower() not in known]
    if strange:
        raise BadModel(
            f"pets names {strange[0]!r}, which is none of the model's {len(known)} classes; "
            f"there are {', '.join(list(known)[:20])}{', …' if len(known) > 20 else ''}"
        )
    found = {known[pet.lower()]: PET for pet in pets}
    if PERSON in known:
        found[known[PERSON]] = PERSON
    return found
