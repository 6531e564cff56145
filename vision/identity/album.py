"""Cut-outs of one visit: a few of all that were seen, each as likely as any other."""

import random

from vision.identity.crops import Crop
from vision.motion import Box

KEPT = 4
"""Cut-outs that are kept of a visit."""
_EDGE = 0.005  # parts of the picture; who is nearer to its edge may be cut off


class Album:
    """At most ``KEPT`` cut-outs of one track; those by light that shows colours take the place of others."""

    def __init__(self) -> None:
        self.crops: list[Crop] = []
        self.infrared = False
        """Whether they were taken by infrared light."""
        self._whole = 0
        self._chance = random.Random(0)  # noqa: S311 - which looks are kept is no secret

    def paste(self, crop: Crop, box: Box, *, coloured: bool) -> None:
        """One more look, at who was in ``box`` of the picture.

        Reservoir sampling (Vitter, 1985) of looks at the whole animal; one cut off only where none is.
        """
        if not self.crops:
            self.infrared = not coloured
        elif self.infrared and coloured:
            self.crops, self.infrared, self._whole = [], False, 0
        elif coloured == self.infrared:
            return
        if min(box.left, box.top, 1 - box.right, 1 - box.bottom) <= _EDGE:
            if not self.crops:
                self.crops.append(crop)
            return
        self._whole += 1
        if self._whole == 1:
            self.crops = [crop]
        elif len(self.crops) < KEPT:
            self.crops.append(crop)
        elif (place := self._chance.randrange(self._whole)) < KEPT:
            self.crops[place] = crop
