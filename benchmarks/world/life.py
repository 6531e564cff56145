"""How cats and small dogs move, as it is known: speeds in metres a second, rhythms in rounds a second.

Each pair is the range that a scene draws from.
"""

import random

Range = tuple[float, float]

CAT_WALK: Range = (0.54, 0.74)
"""Healthy cats over a walkway (Kinetic and temporospatial parameters in male and female cats, BMC Vet Res
2013, 9:129)."""
DOG_WALK: Range = (0.7, 1.1)
"""Dogs at an easy pace; 0.9 to 1.1 for 22 kg walking and 6.5 kg trotting (BMC Vet Res 2016, 12:2)."""
DASH: Range = (1.2, 2.6)
"""Indoors: from a trot to a canter. Speeds of a gait scale with about mass to the 0.2 (Heglund and Taylor,
J Exp Biol 1988, 138:301), which puts a cat's change to the gallop near 2.5."""
STRIDE = 0.45
"""Metres of a round of a walk's steps, for a cat of half a metre."""
BOUND = 0.75
"""Metres of a round of a canter's steps."""
LAP: Range = (3.2, 4.0)
"""Laps a second: 4.6 times kilograms to the minus one sixth (Reis and others, How cats lap, Science 2010,
330:1231), for 2.5 to 8 kg."""
CHEW: Range = (1.6, 2.8)
"""Bites a second of dry food."""
LICK: Range = (1.0, 2.2)
"""Strokes of the tongue a second, and the head goes along (Noel and Hu, PNAS 2018, 115:12377: a stroke leads
some 6 cm through the fur)."""
WASH: Range = (0.8, 1.4)
"""Wipes of the paw over the face a second."""
BOUT: Range = (2.5, 7.0)
"""Seconds on one part of the body; most grooming goes on to the next (Eckstein and Hart, Appl Anim Behav Sci
2000, 68:131: 91 % of it to several parts)."""
BREATH: Range = (0.25, 0.5)
"""Breaths a second asleep: 15 to 30 a minute (Dijkstra and others, Vet J 2018, 234:96)."""
TAIL: Range = (0.2, 0.6)
"""Sways a second of the tail of one who sits or stands."""
FALL = 9.81
"""Metres a second squared: what is in the air follows a parabola."""


def drawn(chance: random.Random, pair: Range) -> float:
    """A value of that range."""
    return chance.uniform(*pair)
