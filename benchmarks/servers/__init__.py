"""The servers that are measured: Roomcast and its peers, one file each."""
