"""The protocol without I/O: what may be sent and received when, with no socket, no thread and no clock of its own.

``machine`` takes octets and gives events, takes requests and gives octets. Inside it, ``session`` knows role, state and
version, ``asking`` our requests, ``answering`` the peer's; ``window`` matches responses to requests, ``pacing`` spreads
requests over time, ``timers`` say when something is due, ``splitter`` cuts octets into PDUs. ``now`` is an argument
everywhere: a number of seconds that never goes back.
"""
