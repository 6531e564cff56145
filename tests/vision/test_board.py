from pathlib import Path

import pytest

from vision.board import HARDWARE, SOFTWARE, Board, this_board

MODELS = {
    "Raspberry Pi Model B Rev 2": HARDWARE,
    "Raspberry Pi Zero 2 W Rev 1.0": HARDWARE,
    "Raspberry Pi 3 Model B Plus Rev 1.3": HARDWARE,
    "Raspberry Pi 4 Model B Rev 1.4": HARDWARE,
    "Raspberry Pi 400 Rev 1.0": HARDWARE,
    "Raspberry Pi Compute Module 4 Rev 1.1": HARDWARE,
    "Raspberry Pi 5 Model B Rev 1.0": SOFTWARE,
    "Raspberry Pi 500 Rev 1.0": SOFTWARE,
    "Raspberry Pi Compute Module 5 Rev 1.0": SOFTWARE,
    "Radxa ROCK 4 Raspberry Pi 4": SOFTWARE,
}


@pytest.mark.parametrize(("model", "encoder"), MODELS.items())
def test_the_encoder_is_chosen_by_what_the_board_calls_itself(
    tmp_path: Path, model: str, encoder: str
) -> None:
    told, codec = tmp_path / "model", tmp_path / "video11"
    told.write_bytes(model.encode() + b"\0")
    codec.touch()
    assert this_board(told, codec) == Board(model, encoder)


def test_a_pi_whose_encoder_is_not_there_encodes_in_software(tmp_path: Path) -> None:
    told = tmp_path / "model"
    told.write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    board = this_board(told, tmp_path / "video11")
    assert board.encoder == SOFTWARE


def test_a_machine_without_a_device_tree_encodes_in_software(tmp_path: Path) -> None:
    board = this_board(tmp_path / "model", tmp_path / "video11")
    assert (board.model, board.encoder) == ("", SOFTWARE)
