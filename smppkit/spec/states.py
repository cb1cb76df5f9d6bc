"""The states of a session and which command may be sent in which: the operation matrix as a function of rows.

SMPP 3.4, section 2.2 (states) and 2.3 (matrix); SMPP 5.0, sections 2.3 and 2.4. 3.4 knows OPEN, BOUND_TX, BOUND_RX,
BOUND_TRX and CLOSED; 5.0 adds OUTBOUND (after outbind) and UNBOUND (after unbind_resp, the socket still open).
"""

from .commands import BY_NAME

STATES_V34 = ("OPEN", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "CLOSED")
STATES_V50 = ("OPEN", "OUTBOUND", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND", "CLOSED")

# The state that a bind opens when it is answered with command_status 0 (SMPP 3.4, section 2.2).
BOUND_BY = {"bind_transmitter": "BOUND_TX", "bind_receiver": "BOUND_RX", "bind_transceiver": "BOUND_TRX"}

# data_sm travels both ways, but each side may send it, and answer it, only where it may send, or receive, messages.
_BY_ROLE = {
    ("data_sm", "ESME"): ("BOUND_TX", "BOUND_TRX"),
    ("data_sm", "MC"): ("BOUND_RX", "BOUND_TRX"),
    ("data_sm_resp", "ESME"): ("BOUND_RX", "BOUND_TRX"),
    ("data_sm_resp", "MC"): ("BOUND_TX", "BOUND_TRX"),
}


def allowed(command: str, role: str, state: str, version: str = "3.4") -> bool:
    """Tell whether ``role`` ("ESME" or "MC") may send ``command`` in ``state`` of a session of ``version``.

    A command that a version does not know is allowed in no state of it.

    >>> allowed("submit_sm", "ESME", "BOUND_TX"), allowed("submit_sm", "ESME", "BOUND_RX")
    (True, False)
    >>> allowed("broadcast_sm", "ESME", "BOUND_TX"), allowed("broadcast_sm", "ESME", "BOUND_TX", version="5.0")
    (False, True)
    """
    row = BY_NAME[command]
    if row.introduced > version or row.sender not in (role, "both"):
        return False
    states = row.states_v50 if version == "5.0" else row.states
    return state in states and state in _BY_ROLE.get((command, role), states)
