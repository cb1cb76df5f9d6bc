"""Ctrl-C while a fold reads a log: what it says afterwards is what a fold says that was never interrupted."""

import random

import pytest

from smppkit.fold import TABLES, Fold
from smppkit.frames import Log
from tests.fold.live_world import World
from tests.fold.test_live import said
from tests.interrupts import interrupted, lines


def grown(seed):
    """A log that a fold has read in part, and what it has gained since: the fold is the second of the three."""
    world = World(seed)
    for _ in range(30):
        world.step()
    fold = Fold(world.log)
    said(fold)
    for _ in range(30):
        world.step()
    return world, fold


@pytest.mark.parametrize("look", ["refresh", "tables", "row"])
@pytest.mark.parametrize("number", range(3))
def test_a_look_that_is_interrupted_is_made_good_by_the_next(seed, number, look):
    looks = {
        "refresh": lambda fold: fold.refresh(),
        "tables": lambda fold: (fold.refresh(), [fold.table(name) for name in TABLES]),
        "row": lambda fold: (fold.refresh(), fold.row(1)),
    }
    chosen = random.Random(seed)
    world, fold = grown(number)
    count = lines(lambda: looks[look](fold))
    assert count > 100
    expected = said(Fold(world.log))
    for line in chosen.sample(range(1, count), 30):
        _, fold = grown(number)
        assert interrupted(lambda fold=fold: looks[look](fold), line), line
        if chosen.random() < 0.5:  # a look that reads on, or one at what was read
            fold.refresh()
        else:
            fold.count("messages")
        fold.refresh()
        assert said(fold) == expected, line


def test_the_tables_of_a_log_are_whole_after_an_interrupt(seed):
    chosen = random.Random(seed)
    world, _ = grown(1)
    count = lines(lambda: Log(world.log).messages)
    log = Log(world.log)
    for line in chosen.sample(range(1, count), 40):
        interrupted(lambda: log.messages, line)
        world.step()
    for name in TABLES:
        assert getattr(log, name).equals(getattr(Log(world.log), name)), name


def test_what_fails_for_another_reason_is_made_good_too(monkeypatch):
    world, fold = grown(2)

    def fails(batch):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(fold, "_add_deliveries", fails)
        with pytest.raises(MemoryError):
            fold.refresh()
        with pytest.raises(MemoryError):
            fold.table("messages")
    assert said(fold) == said(Fold(world.log))
