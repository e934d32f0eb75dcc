"""What /metrics tells."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """Counters and gauges of this process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.oversized = Counter(
            "roomcast_messages_over_advised_size",
            "Client messages larger than advised.",
            registry=self._registry,
        )
        self.slow_consumers = Counter(
            "roomcast_slow_consumers",
            "Clients that were cut because they did not read what they were sent.",
            registry=self._registry,
        )
        self.refusals = Counter(
            "roomcast_refusals",
            "Refused requests and frames, by code.",
            ["code"],
            registry=self._registry,
        )

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show a figure that somebody else keeps, as it is at each scrape."""
        Gauge(f"roomcast_{name}", text, registry=self._registry).set_function(read)

    def page(self) -> bytes:
        return generate_latest(self._registry)
