"""TEMPer sticks: found among other devices, and nothing they may say becomes a wrong number."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sensors import SensorLost
from collector.sensors.temper_stick import BadReport, firmware_of, layout_of, values_of
from collector.sensors.usb_hid import Stick, TemperOptions, chosen, sticks
from tests.collector.sensors.devices.temper import Ports

GOLD = "HID_ID=0003:0000413D:00002107\nHID_NAME=TEMPer\nHID_PHYS=usb-3f980000.usb-1.{}/input{}\n"
MOUSE = "HID_ID=0003:0000046D:0000C077\nHID_NAME=Mouse\nHID_PHYS=usb-3f980000.usb-1.5/input0\n"
BLUETOOTH = "HID_ID=0005:0000413D:00002107\nHID_NAME=Keyboard\nHID_UNIQ=aa:bb\n"


def show(sysfs: Path, name: str, uevent: str) -> None:
    (sysfs / name / "device").mkdir(parents=True)
    (sysfs / name / "device" / "uevent").write_text(uevent, encoding="utf-8")


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    with closing(Ports(tmp_path)) as made:
        yield made


def test_of_each_stick_the_file_that_measures_is_found_among_others(tmp_path: Path) -> None:
    for name, uevent in (
        ("hidraw0", MOUSE),
        ("hidraw1", GOLD.format(2, 0)),
        ("hidraw2", GOLD.format(2, 1)),
        ("hidraw10", GOLD.format(4, 1)),
        ("hidraw9", GOLD.format(4, 0)),
        ("hidraw3", BLUETOOTH),
        ("hidraw4", "\xff"),
    ):
        show(tmp_path, name, uevent)
    (tmp_path / "hidraw5").mkdir()
    assert sticks(tmp_path) == [
        Stick("hidraw2", "usb-3f980000.usb-1.2"),
        Stick("hidraw10", "usb-3f980000.usb-1.4"),
    ]


def test_where_nothing_is_plugged_in_or_in_another_port_it_says_so(tmp_path: Path) -> None:
    assert sticks(tmp_path / "no-sysfs") == []
    with pytest.raises(SensorLost, match=r"^no TEMPer stick is plugged in$"):
        chosen([], "-1.2")
    with pytest.raises(SensorLost, match=r"no TEMPer stick is in '-1\.3'; there are usb-1\.2"):
        chosen([Stick("hidraw0", "usb-1.2")], "-1.3")


def test_a_stick_that_does_not_answer_is_lost(ports: Ports, tmp_path: Path) -> None:
    silent = tmp_path / "said"
    (silent / "hidraw1").mkdir(parents=True)
    (silent / "hidraw1" / "uevent").write_text(GOLD.format(2, 1))
    ports.play(silent)
    with (
        closing(ports.open(TemperOptions(), lambda: 0)) as stick,
        pytest.raises(SensorLost, match="it does not name its firmware but says nothing"),
    ):
        stick.read()


@given(
    st.binary(max_size=24),
    st.sampled_from(["TEMPerGold_V3.1", "TEMPerF1.4", "TEMPer1F_H1V1.5F", "TEMPer2_V3.7"]),
)
def test_whatever_a_stick_says_it_is_a_value_or_a_bad_report(answer: bytes, firmware: str) -> None:
    for probe in (False, True):
        try:
            fields = values_of(layout_of(firmware), answer, probe=probe)
        except BadReport:
            continue
        assert answer[0] == 0x80
        assert any(value is not None for value in fields.values())


@given(st.binary(max_size=24).filter(lambda answer: not answer.startswith(b"TEMPer")))
def test_what_names_no_firmware_is_refused(answer: bytes) -> None:
    with pytest.raises(BadReport, match="it does not name its firmware"):
        firmware_of(answer)


@pytest.mark.parametrize(
    ("firmware", "answer", "probe", "expected"),
    [
        # Captured reports: github.com/padelt/temper-python, tests/test_temper.py; the others in the cases.
        ("TEMPerF1.4", "80040ae015001d15", False, (10.88, None)),
        ("TEMPer2_M12_V1.3", "80040ae015001d15", True, (21.0, None)),
        ("TEMPerX_V3.1", "80800a5f110d0000", False, (26.55, 43.65)),
        ("TEMPerX_V3.3", "80800a5f4e200000", False, (26.55, None)),
    ],
)
def test_a_report_means_what_its_firmware_means(
    firmware: str, answer: str, probe: bool, expected: tuple[float, float | None]
) -> None:
    fields = values_of(layout_of(firmware), bytes.fromhex(answer), probe=probe)
    assert (fields["temperature"], fields["humidity"]) == expected
