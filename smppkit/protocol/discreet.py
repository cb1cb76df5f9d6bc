"""Errors that leave without what they knew: a traceback that shows locals must not show a password."""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ..errors import SmppError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def discreet(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Have a function that is given a password forget all its locals when it raises.

    An error of ours, whose sentence says everything, and an interruption come out without the frames below and
    without a chain; any other error keeps its frames, empty.

    >>> @discreet
    ... def knock(password):
    ...     raise SmppError("wrong password")
    >>> try:
    ...     knock("123")
    ... except SmppError as error:
    ...     print(error.__traceback__.tb_next.tb_next, error.__context__)
    None None
    """

    @wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            failure = error
        del args, kwargs
        _forget(failure)
        raise failure

    return call


def _forget(failure: BaseException) -> None:
    """Empty the frames of an error and of those before it."""
    chain: list[BaseException] = []
    ahead: list[BaseException | None] = [failure]
    while ahead:
        error = ahead.pop()
        if error is not None and not any(error is known for known in chain):
            chain.append(error)
            ahead += [error.__cause__, error.__context__]
    for error in chain:
        traceback.clear_frames(error.__traceback__)
    if isinstance(failure, SmppError | KeyboardInterrupt):
        failure.__traceback__ = failure.__cause__ = failure.__context__ = None
        failure.__suppress_context__ = True
