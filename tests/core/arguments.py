"""Calls every function and method of the core with arguments of the kinds that its stub names, sensible and absurd.

    python -m tests.core.arguments SEED ROUNDS

Each round is a process of its own, so that what crashes is told: the exit code says how many rounds did. What the
functions answer is not looked at. Left out are those that make the classes of PDUs, once, while smppkit is imported.
"""

import ast
import importlib
import os
import random
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import smppkit as sk
from smppkit._core import blocks, column, columns, flows, ids, pending, septet_columns, writing
from tests.core.operations import BLOCKS, CAPTURE, GSM7, PILED, RECEIPT, UCS2

CORE = Path(column.__file__).parent
LEFT_OUT = {"equip", "seal", "adopt", "describe"}
CALLS = 300
"""Calls of one round."""
SMALL = (0, 0, 1, 2, 3, 4, 5, 7, 8, 16, 40, 255)
ABSURD = (-1, 256, 4096, 65_535, 65_536, 1 << 31, -(1 << 31), 1 << 32, (1 << 63) - 1, -(1 << 63), 1 << 63, 1 << 64)
TEXTS = ("", "a", "é" * 9, "€☃", RECEIPT.decode(), "x" * 300, "\ud800", "\0", "submit_sm", "text", "261231235959908+")
SUBMIT = sk.SubmitSm(short_message=b"hi", tlvs={"source_port": 80})

Call = tuple[Any, str | None, ast.FunctionDef]


def calls() -> list[Call]:
    """Return all there is to call: module, class or None, and what the stub says of it."""
    found: list[Call] = []
    for stub in sorted(CORE.glob("*.pyi")):
        module = importlib.import_module(f"smppkit._core.{stub.stem}")
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            inside = node.body if isinstance(node, ast.ClassDef) else [node]
            owner = node.name if isinstance(node, ast.ClassDef) else None
            found += [
                (module, owner, each)
                for each in inside
                if isinstance(each, ast.FunctionDef) and each.name not in LEFT_OUT and not each.decorator_list
            ]
    return found


class Maker:
    """Makes arguments, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.objects = {
            "Rows": self.rows,
            "Flows": self.flows,
            "Column": self.column,
            "Ids": lambda: ids.Ids(bytes(16)),
            "Pending": lambda: pending.Pending(self.number() % 1000),
            "Writer": lambda: writing.Writer(b"abc\xc3\xa9", np.array([0, 3, 5]), GSM7, UCS2),
            "Whole": lambda: columns.whole(["esm_class"], self.chance.choice((0, 1, 3))),
            "Block": lambda: self.column().values,
            "CorePdu": lambda: SUBMIT,
            "Tlvs": lambda: SUBMIT.tlvs,
            "Gsm7": lambda: sk.gsm7,
            "Receipt": lambda: sk.parse_receipt(RECEIPT.decode()),
        }

    def rows(self) -> Any:
        if self.chance.random() < 0.3:
            return septet_columns.Rows(b"onetwo", np.array([0, 3, 6], np.int32).view(np.uint8), None, 0, 2, False)
        made = blocks.Rows()
        if self.chance.random() < 0.5:
            made.pcap(CAPTURE, 24, 1 << 18, link_type=1, big=False, nanoseconds=False, header=16)
        else:
            made.pcapng(BLOCKS, 0)
        return made

    def flows(self) -> Any:
        data, ports = self.chance.choice((CAPTURE, PILED, b"")), self.chance.choice((b"", bytes([1]) * 65_536))
        return flows.Flows(data, ports=ports, largest=70_000, seed=bytes(16))

    def column(self) -> Any:
        octets = SUBMIT.encode()
        names = ["text", "esm_class", "source_addr", "dest_address"]
        made = columns.decode(octets * 2, [0, len(octets)], [len(octets)] * 2, names)
        return made[self.chance.choice(names)]

    def number(self) -> int:
        return self.chance.choice(SMALL if self.chance.random() < 0.6 else ABSURD)

    def numbers(self, kind: Any) -> Any:
        return np.array([self.number() for _ in range(self.chance.randrange(6))], object).astype(kind, casting="unsafe")

    def buffer(self) -> Any:
        octets = bytes(self.chance.choice((0, 0, 1, 3, 5, 0x7F, 0xFF)) for _ in range(self.chance.choice(SMALL)))
        offsets = np.sort(np.array([self.chance.choice(SMALL) for _ in range(self.chance.randrange(6))], np.int64))
        made = [octets, bytearray(octets), np.frombuffer(octets, np.uint8), offsets, offsets]
        with suppress(OverflowError):
            made.append(self.numbers(self.chance.choice((np.int64, np.int32, np.int8))))
        return self.chance.choice(made)

    def way(self) -> tuple[Any, ...]:
        wild = tuple(self.number() for _ in range(7))
        return self.chance.choice((GSM7, UCS2, wild, (GSM7, UCS2), (GSM7,), ()))

    def listed(self) -> list[Any]:
        kind = self.chance.choice((self.text, self.number, self.buffer))
        return [kind() for _ in range(self.chance.randrange(5))]

    def text(self) -> str:
        return self.chance.choice(TEXTS)

    def anything(self) -> Any:
        plain = (None, 3, 1.5, b"abc", (), {}, object(), SUBMIT, sk.SubmitSm, {"a": 1}, self.buffer(), self.listed())
        return self.chance.choice(plain)

    def argument(self, annotation: ast.expr | None) -> Any:
        """Return something for an annotation, now and then something else."""
        said = "Any" if annotation is None else ast.unparse(annotation)
        if self.chance.random() < 0.06:
            return self.anything()
        if "None" in said and self.chance.random() < 0.3:
            return None
        if said in self.objects:
            return self.objects[said]()
        kinds = (
            (("tuple", "Way"), self.way),
            (("list", "Sequence", "Iterable"), self.listed),
            (("Buffer", "bytes", "array", "Array", "Int"), self.buffer),
            (("int",), self.number),
            (("bool",), lambda: self.chance.random() < 0.5),
            (("str",), self.text),
        )
        return next((make for words, make in kinds if any(word in said for word in words)), self.anything)()

    def arguments(self, node: ast.FunctionDef) -> tuple[list[Any], dict[str, Any]]:
        given = node.args
        places = [one for one in given.posonlyargs + given.args if one.arg not in ("self", "cls")]
        count = self.chance.randint(len(places) - len(given.defaults), len(places))
        needed = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        named = {one.arg: self.argument(one.annotation) for one, default in needed if default is None}
        return [self.argument(one.annotation) for one in places[:count]], named

    def target(self, module: Any, owner: str | None, name: str) -> Any:
        if owner is None:
            return getattr(module, name)
        if name in ("__new__", "__init__"):
            return getattr(module, owner)
        return getattr(self.objects[owner]() if owner in self.objects else getattr(module, owner)(), name)


def run(seed: int, said: int) -> None:
    """Make the calls of one round; ``said`` is the file that gets what is called, before it is. Raises SystemError."""
    maker, there = Maker(seed), calls()
    for _ in range(CALLS):
        module, owner, node = maker.chance.choice(there)
        given, named = maker.arguments(node)
        os.ftruncate(said, 0)
        called = f"{module.__name__} {owner or ''} {node.name} {given!r:.500} {named!r:.200}"
        os.pwrite(said, called.encode("utf-8", "replace"), 0)
        try:
            str(maker.target(module, owner, node.name)(*given, **named))
        except SystemError:  # an error return without an exception, or an answer with one: the core is wrong
            raise
        except Exception:
            continue


def main() -> int:
    """Run the rounds; tell of those that did not come to their end."""
    seed, rounds = int(sys.argv[1]), int(sys.argv[2])
    said = os.memfd_create("said")
    crashed = 0
    for number in range(rounds):
        child = os.fork()
        if not child:
            failed = 1
            try:
                run(seed * 1_000_003 + number, said)
                failed = 0
            except SystemError:
                traceback.print_exc()
            finally:
                os._exit(failed)
        _, status = os.waitpid(child, 0)
        if status:
            crashed += 1
            print(f"round {number}, status {status}:", os.pread(said, 1 << 16, 0).decode("utf-8", "replace"))
    return crashed


if __name__ == "__main__":
    sys.exit(main())
