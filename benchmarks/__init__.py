"""What Roomcast costs, measured beside others. `make bench`; docs/performance.md says how."""
