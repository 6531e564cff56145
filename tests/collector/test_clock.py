"""Whether a clock is right, told from what Linux says; a folder stands for the root of another machine."""

import time
from pathlib import Path

import pytest

from collector import clock
from collector.clock import EARLIEST, SystemClock


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The root folder of a machine without a battery clock."""
    (tmp_path / "proc/sys/kernel/random").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text("015a03fe-8f0d\n")
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    return tmp_path


class Unsynchronised(SystemClock):
    """On a machine whose kernel has heard of no time server."""

    def __init__(self, root: Path, machine: str = "aarch64", shown: float | None = None) -> None:
        super().__init__(root=root, machine=machine, kernel=lambda: False)
        self.shown = shown

    def now(self) -> float:
        return super().now() if self.shown is None else self.shown


class Early(SystemClock):
    """A clock that shows a time before Hutch was made."""

    def now(self) -> float:
        return EARLIEST - 1


def test_without_a_battery_the_clock_is_right_once_the_network_set_it(pi: Path) -> None:
    unset = Unsynchronised(pi)
    assert not unset.is_right()
    (pi / "run/systemd/timesync/synchronized").touch()
    assert unset.is_right()
    assert SystemClock(root=pi, machine="aarch64", kernel=lambda: True).is_right()


NOW = EARLIEST + 1e8


def battery(root: Path, *, hctosys: int, since_epoch: str) -> None:
    """Give the machine a battery clock that shows so many seconds since 1970."""
    folder = root / "sys/class/rtc/rtc0"
    folder.mkdir(parents=True)
    (folder / "hctosys").write_text(f"{hctosys}\n")
    (folder / "since_epoch").write_text(since_epoch)


@pytest.mark.parametrize(
    ("hctosys", "shows", "right"),
    [
        (1, f"{NOW:.0f}\n", True),
        (1, f"{NOW - 59:.0f}\n", True),
        (0, f"{NOW:.0f}\n", False),
        (1, "12\n", False),  # a Pi 5 without the battery
        (1, f"{NOW - 86_400:.0f}\n", False),
        (1, f"{NOW + 86_400:.0f}\n", False),
        (1, "", False),
    ],
)
def test_a_battery_clock_counts_when_it_set_the_time_at_boot_and_shows_it_still(
    pi: Path, hctosys: int, shows: str, right: bool
) -> None:
    battery(pi, hctosys=hctosys, since_epoch=shows)
    assert Unsynchronised(pi, shown=NOW).is_right() is right
    assert not Unsynchronised(pi, shown=NOW).is_synchronised()


def test_a_pc_has_a_battery_clock_and_a_virtual_one_its_hosts(pi: Path) -> None:
    assert Unsynchronised(pi, "x86_64").is_right()


@pytest.mark.parametrize(("shows", "right"), [(f"{NOW:.0f}\n", True), ("12\n", False)])
def test_a_pc_whose_battery_is_empty_waits_for_the_network(pi: Path, shows: str, right: bool) -> None:
    battery(pi, hctosys=1, since_epoch=shows)
    assert Unsynchronised(pi, "x86_64", shown=NOW).is_right() is right


def test_only_a_time_server_synchronises(pi: Path) -> None:
    assert not Unsynchronised(pi, "x86_64").is_synchronised()
    assert SystemClock(root=pi, kernel=lambda: True).is_synchronised()
    (pi / "run/systemd/timesync/synchronized").touch()
    assert not Unsynchronised(pi).is_synchronised(), "systemd's file outlives a time that is set by hand"
    assert not Early(root=pi, kernel=lambda: True).is_synchronised()


def test_what_is_not_linux_has_one_too(tmp_path: Path) -> None:
    assert Unsynchronised(tmp_path, "arm64").is_right()


def test_a_year_before_hutch_was_made_is_never_right(pi: Path) -> None:
    (pi / "run/systemd/timesync/synchronized").touch()
    for machine in ("aarch64", "x86_64"):
        assert not Unsynchronised(pi, machine, shown=0).is_right()
        assert not Unsynchronised(pi, machine, shown=EARLIEST - 1).is_right()


def test_a_boot_has_the_kernels_name_or_one_of_its_own(pi: Path, tmp_path: Path) -> None:
    assert SystemClock(root=pi).boot == "015a03fe-8f0d"
    nameless = SystemClock(root=tmp_path / "elsewhere")
    assert nameless.boot == nameless.boot
    assert nameless.boot != SystemClock(root=tmp_path / "elsewhere").boot


def test_the_real_clock_goes_on() -> None:
    real = SystemClock()
    before = real.elapsed_ns()
    assert abs(real.now() - time.time()) < 5
    assert real.elapsed_ns() >= before
    assert clock.kernel_is_synchronised() in (True, False)
