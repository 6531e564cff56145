"""Who does what in a scene, one visit after the other and beside each other."""

import random
from collections.abc import Callable

from benchmarks.world import behaviour
from benchmarks.world.acts import DOOR, EDGE, INSIDE, Player, Spot, Visit
from benchmarks.world.coats import ANIMALS, Animal
from benchmarks.world.poses import Posture
from benchmarks.world.rooms import HORIZON, Room

_QUIET = 5.0  # seconds before the first pet comes: every camera sees its room before its first visitor
_OUT = 0.22  # picture widths beyond the edge at which the longest sprite is out of sight
_ELBOW = 0.22  # picture widths between two who have nothing to do with each other


class Director:
    """Puts the visits of one scene together."""

    def __init__(self, chance: random.Random, room: Room) -> None:
        self._chance = chance
        self._room = room
        self._animals = list(ANIMALS)
        chance.shuffle(self._animals)
        self._hiding_places = [thing.x for thing in room.things if thing.kind in ("sofa", "armchair")]
        self._taken = list(self._hiding_places)

    def direct(self, kind: str) -> tuple[Visit, ...]:
        """The visits of a scene whose first pet does that: one to four pets, or nobody where it is empty."""
        if kind == "empty":
            return ()
        start = _QUIET + self._chance.uniform(0, 4)
        if kind == "interacting":
            visits = self._pair(start)
        else:
            visits = [self._visit(kind, self._animals.pop(), start)]
        count = self._chance.choices((0, 1, 2, 3), (0.5, 0.3, 0.12, 0.08))[0]
        for _other in range(min(count, 4 - len(visits))):
            kind = self._chance.choice(("passing", "sitting", "sleeping", "grooming", "passing"))
            kind = kind if self._is_room() else "passing"
            end = max(visit.acts[-1].end for visit in visits)
            if self._chance.random() < 0.5:
                begin = self._chance.uniform(start, max(start + 2, min(end - 4, start + 40)))
            else:
                begin = end + self._chance.uniform(2, 12)
            visits.append(self._visit(kind, self._animals.pop(), begin))
        if len(visits) == 1 and self._chance.random() < 0.4:
            again = self._chance.choice(("passing", "sitting", "passing"))
            animal = visits[0].animal
            gone = visits[0].acts[-1].end
            if visits[0].event_type not in ("entering", "sleeping"):
                self._taken = list(self._hiding_places)
                visits.append(self._visit(again, animal, gone + self._chance.uniform(9, 14)))
        return tuple(visits)

    def _visit(self, kind: str, animal: Animal, at: float) -> Visit:
        doing: dict[str, Callable[[Player], None]] = {
            "passing": self._pass,
            "playing": self._play,
            "sleeping": self._sleep,
            "sitting": self._sit,
            "eating_drinking": self._eat,
            "grooming": self._groom,
            "jumping": self._jump,
            "abnormal": self._pace,
        }
        if kind == "entering":
            return self._enter(animal, at).visit()
        if kind == "leaving":
            return self._leave(animal, at).visit()
        player = self._from_edge(animal, at)
        doing[kind](player)
        return player.visit()

    def _from_edge(self, animal: Animal, at: float, side: int | None = None) -> Player:
        side = self._chance.choice((-1, 1)) if side is None else side
        spot = (-_OUT if side < 0 else 1 + _OUT, self._depth())
        return Player(self._chance, animal, self._room.view, at, spot, EDGE, facing=-side)

    def _depth(self) -> float:
        """How far down on the picture somebody walks: now and then behind an armchair."""
        return self._chance.uniform(0.70, 0.93)

    def _is_free(self, x: float) -> bool:
        return all(abs(x - taken) > _ELBOW for taken in self._taken)

    def _is_room(self) -> bool:
        return any(self._is_free(x / 100) for x in range(24, 77))

    def _free(self) -> Spot:
        """A spot on the floor that nobody else uses, or the best there is."""
        tries = [(self._chance.uniform(0.2, 0.8), self._depth()) for _try in range(30)]
        free = [spot for spot in tries if self._is_free(spot[0])]
        most = max(tries, key=lambda spot: min((abs(spot[0] - x) for x in self._taken), default=1.0))
        chosen = free[0] if free else most
        self._taken.append(chosen[0])
        return chosen

    def _out(self, player: Player, *, fast: bool = False, side: int = 0) -> None:
        side = side or self._chance.choice((-1, 1))
        there = (
            -_OUT if side < 0 else 1 + _OUT,
            min(max(player.spot[1] + self._chance.uniform(-0.05, 0.05), 0.68), 0.95),
        )
        if fast:
            player.dash(there)
        else:
            player.go(there)
        player.ends = EDGE

    def _near_way(self, player: Player, spot: Spot) -> int:
        """Mostly the way that is nearest to ``spot``, which is how ``player`` comes; 0 for any way out."""
        near = -1 if spot[0] < 0.5 else 1
        if self._chance.random() < 0.75:
            player.spot = (-_OUT if near < 0 else 1 + _OUT, player.spot[1])
            player.facing = -near
        return near if self._chance.random() < 0.75 else 0

    def _pass(self, player: Player) -> None:
        other = 1 + _OUT if player.spot[0] < 0 else -_OUT
        if self._chance.random() < 0.3:
            player.dash((other, self._depth()))
            return
        if self._chance.random() < 0.4:
            x = self._chance.uniform(0.3, 0.7)
            player.go((x, self._depth()))
            if all(abs(x - place) > _ELBOW for place in self._hiding_places):
                behaviour.look_about(player, self._chance.uniform(0.6, 2.2))
        player.wander((other, self._depth()))

    def _play(self, player: Player) -> None:
        x, y = self._free()
        self._taken += [x - _ELBOW / 2, x + _ELBOW / 2]
        side = self._near_way(player, (x, y))
        player.go((x, y))
        behaviour.play(player, self._chance.uniform(6, 15))
        self._out(player, fast=self._chance.random() < 0.5, side=side)

    def _sleep(self, player: Player) -> None:
        bed = self._room.of("bed")
        if bed is not None and self._is_free(bed.x) and self._chance.random() < 0.75:
            self._taken.append(bed.x)
            spot = (bed.x, bed.y)
        else:
            spot = self._free()
        side = self._near_way(player, spot)
        player.wander(spot)
        long = self._chance.random() < 0.2
        behaviour.sleep(player, self._chance.uniform(80, 120) if long else self._chance.uniform(24, 60))
        if self._chance.random() < 0.7:
            player.stay(Posture.STAND, self._chance.uniform(0.6, 1.5))
            self._out(player, side=side)
        else:
            player.ends = INSIDE

    def _sit(self, player: Player) -> None:
        spot = self._free()
        side = self._near_way(player, spot)
        player.wander(spot)
        behaviour.sit(player, self._chance.uniform(6, 25))
        self._out(player, side=side)

    def _eat(self, player: Player) -> None:
        bowl = self._room.of("food") or self._room.of("water")
        assert bowl is not None
        self._taken.append(bowl.x)
        side = 1 if player.spot[0] > bowl.x else -1
        if not 0.25 < bowl.x < 0.75:
            side = 1 if bowl.x < 0.5 else -1
        # The mouth of one who eats is a quarter of a metre before the middle of its body.
        reach = 0.25 * self._room.view.metre(bowl.y) * player.animal.build
        there = (bowl.x + side * reach, bowl.y)
        player.wander((there[0] + side * 0.02, there[1]))
        player.go(there, 0.3)
        player.facing = -side
        behaviour.eat(player, self._chance.uniform(5, 25))
        if self._chance.random() < 0.3:
            player.go((there[0] + side * 0.1, min(there[1] + 0.05, 0.94)))
            behaviour.groom(player, self._chance.uniform(4, 8))
        self._out(player)

    def _groom(self, player: Player) -> None:
        spot = self._free()
        side = self._near_way(player, spot)
        player.wander(spot)
        player.stay(Posture.SIT, self._chance.uniform(0.8, 3))
        behaviour.groom(player, self._chance.uniform(7, 25))
        if self._chance.random() < 0.3:
            player.stay(Posture.SIT, self._chance.uniform(1, 5))
        self._out(player, side=side)

    def _jump(self, player: Player) -> None:
        chest = self._room.of("chest")
        assert chest is not None
        self._taken.append(chest.x)
        view, y = self._room.view, chest.y + 0.012
        side = -1 if player.spot[0] < chest.x else 1
        if not 0.3 < chest.x < 0.7:
            side = 1 if chest.x < 0.5 else -1
        before = (chest.x + side * (chest.wide / 2 + 0.35) * view.metre(y), y)
        player.wander(before)
        behaviour.jump_up(player, (chest.x, y), chest.tall)
        player.stay(
            self._chance.choice((Posture.SIT, Posture.STAND)),
            self._chance.uniform(1.5, 12),
        )
        behaviour.jump_down(player, before if self._chance.random() < 0.5 else (2 * chest.x - before[0], y))
        self._out(player)

    def _pace(self, player: Player) -> None:
        player.go((self._chance.choice((0.25, 0.75)), self._chance.uniform(0.74, 0.9)))
        behaviour.pace(player, self._chance.randint(5, 9))
        self._taken += [spot for act in player.acts for spot in (act.start[0], act.stop[0])]
        self._out(player)

    def _hiding(self, animal: Animal, at: float) -> Player:
        """One that is out of sight inside: behind the door's wall, or behind the sofa."""
        door, sofa = self._room.of("door"), self._room.of("sofa")
        view = self._room.view
        if door is not None:
            y = HORIZON + 0.022
            side = self._chance.choice((-1, 1))
            player = Player(
                self._chance,
                animal,
                view,
                at,
                (door.x + side * (door.wide / 2 + 0.5) * view.metre(y), y),
                DOOR,
            )
            player.go((door.x, y))
            return player
        assert sofa is not None
        spot = (sofa.x, sofa.y - 0.05)
        self._taken.append(sofa.x)
        return Player(self._chance, animal, view, at, spot, INSIDE)

    def _enter(self, animal: Animal, at: float) -> Player:
        if self._room.of("door") is not None:
            player = self._hiding(animal, at)
            player.go((player.spot[0] + self._chance.uniform(-0.03, 0.03), self._chance.uniform(0.72, 0.8)))
            self._out(player)
            return player
        sofa = self._room.of("sofa")
        assert sofa is not None
        player = self._from_edge(animal, at, 1 if sofa.x < 0.5 else -1)
        self._hide(player)
        return player

    def _hide(self, player: Player) -> None:
        sofa = self._room.of("sofa")
        assert sofa is not None
        y = sofa.y - 0.05
        side = -1 if player.spot[0] < sofa.x else 1
        player.go((sofa.x + side * (sofa.wide / 2 + 0.5) * self._room.view.metre(y), y))
        player.go((sofa.x, y))
        player.ends = INSIDE

    def _leave(self, animal: Animal, at: float) -> Player:
        if self._room.of("door") is not None:
            player = self._from_edge(animal, at)
            door = self._room.of("door")
            assert door is not None
            player.wander((door.x + self._chance.uniform(-0.02, 0.02), 0.72))
            y = HORIZON + 0.022
            player.go((door.x, y))
            side = self._chance.choice((-1, 1))
            player.go((door.x + side * (door.wide / 2 + 0.5) * self._room.view.metre(y), y))
            player.ends = DOOR
            return player
        if self._chance.random() < 0.35:
            player = Player(self._chance, animal, self._room.view, 0.0, self._free(), INSIDE)
            behaviour.lie(player, at + self._chance.uniform(8, 16))
            player.waits = player.at
            player.stay(Posture.STAND, self._chance.uniform(0.6, 2))
        else:
            player = self._hiding(animal, at)
            self._out(player, side=1 if player.spot[0] < 0.5 else -1)
            return player
        self._out(player)
        return player

    def _pair(self, at: float) -> list[Visit]:
        """Two that meet, are busy with each other, and part."""
        first = self._from_edge(self._animals.pop(), at, -1)
        second = self._from_edge(self._animals.pop(), at + self._chance.uniform(0, 6), 1)
        x, y = self._chance.uniform(0.4, 0.6), self._depth()
        half = 0.26 * self._room.view.metre(y) * (first.animal.build + second.animal.build) / 2
        self._taken += [x - _ELBOW / 2, x, x + _ELBOW / 2]
        first.wander((x - half, y))
        second.wander((x + half, y + 0.004))
        meet = max(first.at, second.at)
        for player, facing in ((first, 1), (second, -1)):
            if meet > player.at:
                player.stay(Posture.STAND, meet - player.at)
            player.facing = facing
        seconds = self._chance.uniform(3, 8)
        way = self._chance.random()
        for player in (first, second):
            begin = player.at
            player.stay(Posture.SNIFF, 1.2 if way > 0.4 else seconds, 0.8)
            if way > 0.4:
                behaviour.wrestle(player, seconds)
            player.did.add("interacting")
            if player.at < begin + seconds:
                player.stay(Posture.STAND, begin + seconds - player.at)
        if way > 0.7:
            side = self._chance.choice((-_OUT, 1 + _OUT))
            y = self._depth()
            leader, hunter = (first, second) if side < 0 else (second, first)
            hunter.stay(Posture.CROUCH, max(leader.at - hunter.at, 0) + 0.5)
            for player in (leader, hunter):
                player.go((side, y), 1.6, Posture.RUN)
        else:
            self._part(first, -1)
            self._part(second, 1)
        return [first.visit(), second.visit()]

    def _part(self, player: Player, side: int) -> None:
        player.go((-_OUT if side < 0 else 1 + _OUT, self._depth()))
