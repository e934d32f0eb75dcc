"""What `make bench` makes of its rounds; no round is run here."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.document import BEGIN, END, replace_figures
from benchmarks.generator.clients import Trigger
from benchmarks.generator.wire import TEXT, frame, take_frames
from benchmarks.plot import as_svg
from benchmarks.report import Line, Table, as_markdown
from benchmarks.statistics import Spread, is_saturated, percentile, ratios, spread, verdict

SVG = "{http://www.w3.org/2000/svg}"


def test_the_median_stands_with_its_range() -> None:
    assert spread([3, 1, 2]) == Spread(2, 1, 3)
    assert spread([4, 1]) == Spread(2.5, 1, 4)
    with pytest.raises(ValueError, match="no round"):
        spread([])


def test_ratios_are_taken_pair_by_pair() -> None:
    """A machine that slowed down for one pair slowed down both of it."""
    assert ratios([1, 10], [2, 20]) == [0.5, 0.5]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_a_bar_is_the_most_that_may_be() -> None:
    assert verdict(0.75, 0.75) == "holds"
    assert verdict(0.76, 0.75) == "misses"
    assert verdict(0.1, 0.75, void=True) == "void"


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_a_generator_without_a_pause_measures_itself() -> None:
    assert is_saturated(0.9)
    assert not is_saturated(0.89)


def test_the_table_says_what_held_and_what_could_not_be_measured() -> None:
    lines = [
        Line("ours", [5.0, 4.0, 6.0]),
        Line("cheap", [10.0], [0.5, 0.4, 0.6], bar=0.75),
        Line("dear", [4.0], [1.25], bar=1.0),
        Line("busy", [4.0], [0.5], bar=1.0, void=True),
        Line("absent", note="not installed"),
    ]
    rows = as_markdown(Table("Title", "µs", "ratio", lines)).splitlines()[-5:]
    assert rows == [
        "| ours | 5 (4 – 6) |  |  |  |",
        "| cheap | 10 (10 – 10) | 0.5 (0.4 – 0.6) | ≤ 0.75 | holds |",
        "| dear | 4 (4 – 4) | 1.25 (1.25 – 1.25) | ≤ 1 | **misses** |",
        "| busy | 4 (4 – 4) | 0.5 (0.5 – 0.5) | ≤ 1 | void |",
        "| absent | not installed |  |  |  |",
    ]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_are_taken_whole_however_they_arrive(size: int) -> None:
    payload = b"x" * size
    masked = frame(payload)
    # A server's frame is a client's without mask.
    head = masked[: -size - 4 or None] if size else masked[:-4]
    sent = bytes([head[0], head[1] & 0x7F]) + head[2:] + payload
    buffer = bytearray(sent + sent[:-1])
    assert take_frames(buffer) == [(TEXT, payload)]
    assert buffer == sent[:-1]
    buffer += sent[-1:]
    assert take_frames(buffer) == [(TEXT, payload)]
    assert not buffer


@pytest.mark.parametrize("torn_at", range(1, 26))
def test_an_answer_counts_once_wherever_it_is_torn(torn_at: int) -> None:
    answers = b"HTTP/1.1 204 No Content\r\n\r\n" * 2
    trigger = Trigger()
    trigger.expect(2)
    trigger.data_received(answers[:torn_at])
    assert not trigger.answered.is_set()
    trigger.data_received(answers[torn_at:])
    assert trigger.answered.is_set()


def test_the_page_keeps_what_people_wrote_around_the_figures() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replace_figures(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(ValueError, match="lacks the marks"):
        replace_figures("before\nafter\n", "new")


def test_the_picture_has_a_bar_for_each_server_that_was_measured() -> None:
    lines = [Line("Roomcast", [1.0, 2.0, 3.0]), Line("a < b", [4.0]), Line("absent", note="-")]
    picture = ET.fromstring(as_svg([Table("Title", "µs", "ratio", lines)]))  # noqa: S314 - ours
    texts = [element.text for element in picture.iter(f"{SVG}text")]
    assert texts == ["Title (µs)", "Roomcast", "2", "a < b", "4"]
    bars = [float(bar.attrib["width"]) for bar in list(picture.iter(f"{SVG}rect"))[1:]]
    assert bars[1] == pytest.approx(2 * bars[0], abs=0.1)
