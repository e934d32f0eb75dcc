"""The rule at both hops, as a model: whatever is lost on the way, a client applies 1, 2, 3 … once.

The wire between servers loses, repeats and reorders; the wire to a client is cut at will; the log
is trimmed and restored from a backup. Only the decisions of `rooms/cursor.py` are ours.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rooms.cursor import Step, is_dense, judge, refuse_replay

REPLAY_LIMIT = 12
SEVERAL = st.integers(1, 9)


class House(RuleBasedStateMachine):
    """One room: its log, one server that delivers it, one client of that server.

    log: event of each seq that is kept; each event is unlike any other
    delivered: how far the server has come; None: it has nobody in the room
    cursor, applied: how far the client has come, and the state that its events made
    """

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[int, int] = {}
        self.head = 0
        self.made = 0
        self.delivered: int | None = None
        self.cursor = 0
        self.applied: list[int] = []

    @rule(times=SEVERAL)
    def commit(self, times: int) -> None:
        for _ in range(times):
            self.head += 1
            self.made += 1
            self.log[self.head] = self.made

    @precondition(lambda self: self.delivered is not None)
    @rule(data=st.data())
    def a_hint_arrives(self, data: st.DataObject) -> None:
        """Late, twice, or never: any that was ever committed, in any order."""
        if self.head == 0 or self.delivered is None:
            return
        seq = data.draw(st.integers(1, self.head))
        match judge(self.delivered, seq):
            case Step.NEXT if seq in self.log:
                self._deliver(seq)
            case Step.GAP:
                self._catch_up(seq)

    @precondition(lambda self: self.delivered is not None)
    @rule()
    def heads_are_compared(self) -> None:
        if self.delivered is not None and self.head > self.delivered:
            self._catch_up(self.head)
        elif self.delivered is not None and self.head < self.delivered:
            self._lose_place()

    @precondition(lambda self: self.delivered is not None)
    @rule()
    def the_client_is_cut(self) -> None:
        self.delivered = None

    @precondition(lambda self: self.delivered is None)
    @rule()
    def the_client_comes_back(self) -> None:
        reason = refuse_replay(self.cursor, self.head, REPLAY_LIMIT)
        missed = [seq for seq in sorted(self.log) if seq > self.cursor]
        whole = is_dense(self.cursor, missed) and len(missed) == self.head - self.cursor
        if reason is None and whole:
            for seq in missed:
                self._apply(seq)
        else:  # told to read everything anew, and from where to go on
            self.applied = self._state()
            self.cursor = self.head
        self.delivered = self.head

    @rule(data=st.data())
    def the_log_is_trimmed(self, data: st.DataObject) -> None:
        upto = data.draw(st.integers(0, self.head))
        self.log = {seq: event for seq, event in self.log.items() if seq > upto}

    @precondition(lambda self: self.head > 0)
    @rule(data=st.data())
    def the_database_is_restored_and_compared(self, data: st.DataObject) -> None:
        """To an older state; the comparison comes before the next write."""
        self.head = data.draw(st.integers(0, self.head))
        self.log = {seq: event for seq, event in self.log.items() if seq <= self.head}
        self.heads_are_compared()
        if self.cursor > self.head:
            self.the_client_comes_back()

    @invariant()
    def what_the_client_applied_is_what_the_server_delivered(self) -> None:
        assert self.delivered is None or self.delivered == self.cursor

    def teardown(self) -> None:
        """In the end everything arrives, and the client is where the log is."""
        self.heads_are_compared()
        if self.delivered is None:
            self.the_client_comes_back()
        assert self.cursor == self.head
        kept = [self.log[seq] for seq in sorted(self.log)]
        assert self.applied[len(self.applied) - len(kept) :] == kept
        assert len(set(self.applied)) == len(self.applied), "something was applied twice"
        assert self.applied == sorted(self.applied), "something came out of order"

    def _deliver(self, seq: int) -> None:
        self.delivered = seq
        self._apply(seq)

    def _catch_up(self, head: int) -> None:
        since = self.delivered
        assert since is not None
        missed = [seq for seq in sorted(self.log) if since < seq <= head]
        if not missed or not is_dense(since, missed):
            self._lose_place()
            return
        for seq in missed:
            self._deliver(seq)

    def _lose_place(self) -> None:
        self.delivered = None  # the transport is ended; the client comes back by itself

    def _apply(self, seq: int) -> None:
        assert judge(self.cursor, seq) is Step.NEXT
        self.cursor = seq
        self.applied.append(self.log[seq])

    def _state(self) -> list[int]:
        """What a fresh snapshot shows of what happened: here, the events that are kept."""
        return [self.log[seq] for seq in sorted(self.log)]


TestHouse = House.TestCase
TestHouse.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
