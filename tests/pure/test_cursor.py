"""The one rule: next → deliver, old → drop, gap → read the log."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.cursor import Step, is_another_log, is_dense, judge, refuse_replay

SEQS = st.integers(0, 10**6)


@given(SEQS, SEQS)
def test_an_event_is_next_old_or_a_gap(delivered: int, seq: int) -> None:
    step = judge(delivered, seq)
    assert (step is Step.NEXT) == (seq == delivered + 1)
    assert (step is Step.OLD) == (seq <= delivered)
    assert (step is Step.GAP) == (seq > delivered + 1)


@given(st.data())
def test_whatever_the_wire_does_the_log_is_delivered_once_in_order(data: st.DataObject) -> None:
    """Hints lost, repeated and reordered at will; every gap is read from the log."""
    head = data.draw(st.integers(0, 30))
    hints = data.draw(st.lists(st.integers(1, head))) if head else []
    delivered: list[int] = []

    def hear(seq: int) -> None:
        match judge(len(delivered), seq):
            case Step.NEXT:
                delivered.append(seq)
            case Step.GAP:
                delivered.extend(range(len(delivered) + 1, seq + 1))
            case Step.OLD:
                pass

    for seq in hints:
        hear(seq)
    hear(head)  # the comparison of heads
    assert delivered == list(range(1, head + 1))


@given(SEQS, SEQS, st.integers(1, 10**6))
def test_a_replay_is_refused_for_a_reason_or_possible(since: int, head: int, limit: int) -> None:
    match refuse_replay(since, head, limit):
        case "log_reset":
            assert since > head
        case "too_far":
            assert head - since > limit
        case reason:
            assert reason is None
            assert 0 <= head - since <= limit


@given(SEQS, st.integers(0, 50))
def test_seqs_are_dense_only_without_a_hole(since: int, count: int) -> None:
    seqs = list(range(since + 1, since + 1 + count))
    assert is_dense(since, seqs)
    if count > 1:
        assert not is_dense(since, seqs[1:])
        assert not is_dense(since, seqs[:1] + seqs[:1])


@given(SEQS, SEQS)
def test_a_log_that_ends_before_what_was_delivered_is_another(delivered: int, head: int) -> None:
    for known in (None, "a"):
        assert is_another_log(delivered, known, head, None) == (head < delivered)
    assert is_another_log(delivered, "a", head, "a") == (head < delivered)
    assert is_another_log(delivered, "a", head, "b")
