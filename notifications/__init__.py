"""Who is told, durably: from a project's log into the logs of the people it concerns."""
