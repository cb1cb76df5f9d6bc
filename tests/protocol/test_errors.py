"""The exceptions of sessions: their tree, their attributes, their travels."""

import pickle

import pytest

import smppkit as sk
from smppkit import errors
from smppkit.errors import SmppError
from smppkit.protocol.versions import SPOKEN, version_of

SAMPLES = [
    errors.LocalProtocolError("submit_sm", "ESME", "OPEN", "bind first"),
    errors.RemoteProtocolError("the peer speaks HTTP", command_status=2),
    errors.StatusError("refused", sk.SubmitSmResp(command_status=0x0B), retriable=False),
    errors.BindRejected("wrong password", sk.BindReceiverResp(command_status=0x0E)),
    errors.Throttled("slower", sk.SubmitSmResp(command_status=0x58), retriable=True),
    errors.ConnectFailed("nobody listens"),
    errors.ConnectionLost("reset"),
    errors.ResponseTimeout("30 s"),
    errors.WindowFull("50"),
    errors.SessionClosed("closed"),
]
PARENTS = {
    errors.ProtocolError: {"LocalProtocolError", "RemoteProtocolError"},
    errors.StatusError: {"BindRejected", "Throttled"},
    errors.SessionError: {"ConnectFailed", "ConnectionLost", "ResponseTimeout", "WindowFull", "SessionClosed"},
}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_they_travel_between_processes_whole(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_the_tree_is_as_it_is_drawn():
    for parent, names in PARENTS.items():
        assert issubclass(parent, SmppError)
        assert {kind.__name__ for kind in parent.__subclasses__()} == names
        for name in (parent.__name__, *names):
            assert name in errors.__doc__
    assert issubclass(errors.ResponseTimeout, TimeoutError)


def test_every_number_of_a_version_is_a_version():
    assert {version_of(number) for number in SPOKEN.values()} == set(SPOKEN)
    versions = [version_of(number) for number in range(256)]
    assert versions == sorted(versions)
    assert versions[0x33:0x35] == ["3.3", "3.4"]
    assert versions[0x4F:0x51] == ["3.4", "5.0"]
