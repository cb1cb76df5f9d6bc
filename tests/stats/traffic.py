"""Synthetic traffic of known truth for the tests of the statistics."""

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-11-22 11:40:00", tz="UTC")
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$\\frac{1}{0}$ and $x$",
    "\x1b[31mred\x00\u202egnp.exe",
    "=cmd|' /C calc'!A0",
    "O2\r\nDE\t",
    "中国移动" * 9,
    "😀" * 5,
    "e\u0301\u0301\u0301" * 9,
    "a" * 400,
    "",
    "_hidden",
    '" onmouseover="alert(1)',
    "{{7*7}} ${7*7} `ls` **bold** [x](javascript:alert(1))",
]


def messages(n, seed=0, *, fail=0.1, cut=None, spread=1200.0, median=4.0, accepted=1.0, **columns):
    """Return ``n`` messages sent over ``spread`` seconds, seen until ``cut``; delivery times log-normal, sigma 1."""
    random = np.random.default_rng(seed)
    cut = spread * 10 if cut is None else cut
    sent = np.sort(random.uniform(0, spread, n))
    took = random.lognormal(np.log(median), 1, n)
    fails = random.random(n) < fail
    other = random.choice(["refused", "unanswered", "not_sent", "queued", "sent"], n)
    outcome = np.where(random.random(n) < accepted, "accepted", other)
    seen = (outcome == "accepted") & (sent + took <= cut)
    on_wire = ~np.isin(outcome, ["not_sent", "queued"])
    answered = np.isin(outcome, ["accepted", "refused"])
    response = random.gamma(2, 0.03, n)
    state = np.where(fails, random.choice(["UNDELIVERABLE", "EXPIRED"], n), "DELIVERED")
    frame = pd.DataFrame(
        {
            "msg_id": np.arange(n),
            "time_queued": _times(sent - 0.5, np.ones(n, bool)),
            "time_sent": _times(sent, on_wire),
            "time_resp": _times(sent + response, answered),
            "sender": pd.array(["INFO"] * n, dtype="str"),
            "outcome": pd.Categorical(outcome),
            "command_status": pd.array(np.where(outcome == "refused", 0x58, 0), dtype="Int64"),
            "state": pd.Categorical(np.where(seen, state, None)),
            "final": pd.array(np.where(seen, True, None), dtype="boolean"),
            "time_final": _times(sent + took, seen),
            "response_time": np.where(answered, response, np.nan),
            "delivery_time": np.where(seen, took, np.nan),
            "err": np.where(seen & fails, random.choice(["001", "027"], n), None),
            "network_error": None,
            "country": random.choice(["BE", "FR", None], n, p=[0.6, 0.3, 0.1]),
        }
        | columns
    )
    frame.loc[~answered, "command_status"] = pd.NA
    frame.attrs["observed_until"] = (START + pd.Timedelta(cut, unit="s")).isoformat()
    return frame


def _times(seconds, there):
    return pd.Series(START + pd.to_timedelta(seconds, unit="s")).where(there)
