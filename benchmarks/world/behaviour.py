"""What pets do, put together from acts: each function lets one do that where it stands."""

import math

from benchmarks.world import life
from benchmarks.world.acts import Player, Spot, bouts
from benchmarks.world.poses import Posture


def look_about(player: Player, seconds: float) -> None:
    """Stand and look, or sniff at the ground; no more than a pause in a walk where it is short."""
    player.stay(player.chance.choice((Posture.STAND, Posture.SNIFF)), seconds)


def sit(player: Player, seconds: float) -> None:
    """Sit, and now and then stand up and sit down again where one was."""
    posture = Posture.SIT if player.chance.random() < 0.8 else Posture.STAND
    player.stay(posture, seconds)
    player.did.add("sitting")


def eat(player: Player, seconds: float) -> None:
    """Head down at the bowl, lifted for a moment now and then."""
    pair = player.chance.choice((life.LAP, life.CHEW))
    rate = life.drawn(player.chance, pair)
    for length in bouts(player.chance, seconds, (4.0, 12.0)):
        player.stay(Posture.EAT, length, rate)
        if player.chance.random() < 0.5:
            player.stay(Posture.STAND, player.chance.uniform(0.5, 1.5))
    player.did.add("eating_drinking")


def groom(player: Player, seconds: float) -> None:
    """One part of the body after the other."""
    before: Posture | None = None
    for length in bouts(player.chance, seconds, life.BOUT):
        choices: list[Posture] = [
            each for each in (Posture.LICK, Posture.FLANK, Posture.WASH) if each is not before
        ]
        part = before = player.chance.choice(choices)
        pair = life.WASH if part is Posture.WASH else life.LICK
        player.stay(part, length, life.drawn(player.chance, pair))
        if player.chance.random() < 0.4:
            player.stay(Posture.SIT, player.chance.uniform(0.4, 1.2))
    player.did.add("grooming")


def sleep(player: Player, seconds: float) -> None:
    """Turn round once, lie down, sleep."""
    player.stay(Posture.SNIFF, player.chance.uniform(0.5, 1.5))
    if player.chance.random() < 0.5:
        player.facing = -player.facing
        player.stay(Posture.STAND, player.chance.uniform(0.4, 1.0))
    player.stay(Posture.CROUCH, player.chance.uniform(0.6, 1.2), 0.3)
    lie(player, seconds)
    player.did.add("sleeping")


def lie(player: Player, seconds: float) -> None:
    """Asleep already."""
    posture = player.chance.choice((Posture.CURL, Posture.CURL, Posture.STRETCHED))
    player.stay(posture, seconds, life.drawn(player.chance, life.BREATH))


def jump_up(player: Player, top: Spot, lift: float) -> None:
    """Crouch, measure the height, leap onto ``top``."""
    player.facing = 1 if top[0] > player.spot[0] else -1
    player.stay(Posture.CROUCH, player.chance.uniform(0.5, 1.3), 1.0)
    player.leap(top, lift)
    player.stay(Posture.CROUCH, player.chance.uniform(0.2, 0.4))
    player.did.add("jumping")


def jump_down(player: Player, there: Spot) -> None:
    """From where it is onto the floor."""
    player.facing = 1 if there[0] > player.spot[0] else -1
    player.stay(Posture.CROUCH, player.chance.uniform(0.3, 0.8), 1.0)
    player.leap(there, 0.0, over=0.06)
    player.stay(Posture.CROUCH, player.chance.uniform(0.2, 0.4))
    player.did.add("jumping")


def play(player: Player, seconds: float) -> None:
    """Dash, lie in wait, pounce, bat, and turn: around one place, as far as a toy rolls."""
    middle, until = player.spot, player.at + seconds
    while player.at < until:
        player.dash(_nearby(player, middle, player.chance.uniform(0.4, 1.1)))
        turn = player.chance.random()
        if turn < 0.35:
            player.stay(Posture.CROUCH, player.chance.uniform(0.2, 0.6), 2.0)
            player.leap(_nearby(player, player.spot, 0.35), 0.0, over=player.chance.uniform(0.1, 0.3))
        elif turn < 0.65:
            player.stay(Posture.BAT, player.chance.uniform(0.6, 1.6), player.chance.uniform(1.5, 2.5))
    player.did.add("playing")


def _nearby(player: Player, middle: Spot, metres: float) -> Spot:
    """A spot so far from ``middle``, more to the side than to the front, on the floor, within sight."""
    widths = metres * player.view.metre(middle[1])
    side = -1 if player.spot[0] > middle[0] else 1
    if player.spot == middle:
        side = player.chance.choice((-1, 1))
    x = middle[0] + side * widths * player.chance.uniform(0.7, 1.0)
    y = middle[1] + player.chance.uniform(-0.3, 0.3) * widths
    return min(max(x, 0.12), 0.88), min(max(y, 0.68), 0.95)


def pace(player: Player, rounds: int) -> None:
    """The same stretch to and fro, or the same ring, over and over at a walk."""
    speed = life.drawn(player.chance, life.DOG_WALK if player.animal.dog else life.CAT_WALK)
    widths = player.chance.uniform(0.9, 1.7) * player.view.metre(player.spot[1])
    x, y = player.spot
    way = 1 if x < 0.5 else -1
    if player.chance.random() < 0.7:
        far = (min(max(x + way * widths, 0.1), 0.9), y)
        for _round in range(rounds):
            for goal in (far, (x, y)):
                jitter = player.chance.uniform(-0.012, 0.012)
                player.go((goal[0] + jitter, goal[1] + jitter / 2), speed * player.chance.uniform(0.92, 1.08))
    else:
        for step in range(1, rounds * 8 + 1):
            angle = 2 * math.pi * step / 8
            spot = (
                x + way * widths / 2 * (1 - math.cos(angle)),
                min(max(y + widths / 3 * math.sin(angle), 0.67), 0.96),
            )
            player.go(spot, speed)
    player.did.add("abnormal")


def wrestle(player: Player, seconds: float) -> None:
    """With another: strike, roll about, leap at it and back."""
    middle = player.spot
    for length in bouts(player.chance, seconds, (0.6, 1.6)):
        player.stay(
            player.chance.choice((Posture.BAT, Posture.CROUCH, Posture.BAT)),
            length,
            player.chance.uniform(1.5, 2.5),
        )
        widths = 0.12 * player.view.metre(middle[1])
        facing = player.facing
        player.go((middle[0] + player.chance.uniform(-widths, widths), middle[1]), 1.0, Posture.RUN)
        player.facing = facing
