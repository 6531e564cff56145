import threading

from vision.cameras.hold import Hold


def test_what_nobody_reads_is_released_at_once_and_once() -> None:
    released: list[int] = []
    hold = Hold(lambda: released.append(1))
    hold.close()
    hold.close()
    assert released == [1]
    assert hold.closed.is_set()


def test_what_is_read_is_released_by_its_reader() -> None:
    released: list[str] = []
    hold = Hold(lambda: released.append(threading.current_thread().name))
    began = threading.Event()

    def read() -> None:
        with hold.reading():
            began.set()
            hold.closed.wait(10)

    reader = threading.Thread(target=read, name="reader")
    reader.start()
    assert began.wait(10)
    hold.close()
    reader.join(10)
    assert released == ["reader"]


def test_the_end_of_reading_alone_releases_nothing() -> None:
    released: list[int] = []
    hold = Hold(lambda: released.append(1))
    with hold.reading():
        pass
    assert released == []
    hold.close()
    assert released == [1]
