"""Writes docs/compliance.md from the rows of smppkit.spec; ``--check`` says whether the file is what they say.

python tools/compliance.py            write
python tools/compliance.py --check    exit status 1 when the file is out of date
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from smppkit.spec import commands, kinds, observed, states, statuses, tlvs, values  # noqa: E402

PAGE = ROOT / "docs" / "compliance.md"
INTRODUCTION = """\
# What smppkit knows of SMPP

Generated from `smppkit/spec/` by `make docs`; a test keeps it current. Do not edit.

Sections are those of SMPP 3.4 issue 1.2, "of 5.0" those of SMPP 5.0. Limits are octets on the wire, the NUL of a
C-octet string included. What the tables do not name is kept, not refused: unknown commands, TLVs, statuses and values
keep their number and their octets.
"""
KINDS = {
    kinds.U8: "integer",
    kinds.CSTRING: "C-octet string",
    kinds.TIME: "time",
    kinds.OCTETS: "octets",
    kinds.DESTINATIONS: "list of destinations",
    kinds.FAILURES: "list of failures",
}
TLV_KINDS = {"int": "integer", "cstring": "C-octet string", "octets": "octets"}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def code(name: str) -> str:
    """Return a name as code, an empty one as nothing."""
    return f"`{name}`" if name else ""


def bounds(field: kinds.Field) -> str:
    """Return the octets a field may take, both figures where 3.4 and 5.0 differ."""
    later = f" (5.0: {field.limit_v50})" if field.limit_v50 else ""
    unit = " entries" if field.kind in (kinds.DESTINATIONS, kinds.FAILURES) else ""
    return f"{field.limit}{later}{unit}"


def meaning(field: kinds.Field) -> str:
    """Return what the value of a field stands for."""
    return f"counts `{field.counts}`" if field.counts else code(field.values)


def travelling(command: str) -> str:
    """Return the TLVs that a command may carry."""
    marks = []
    for row in tlvs.ROWS:
        if command in row.commands:
            marks.append(code(row.name))
        elif command in row.commands_v50:
            marks.append(f"{code(row.name)} (5.0)")
    return ", ".join(marks)


def where(row: kinds.Command) -> str:
    """Return the states in which a command may be sent, by version."""
    parts = [(name, listed) for name, listed in (("3.4", row.states), ("5.0", row.states_v50)) if listed]
    if len(parts) == 2 and row.states == row.states_v50:
        return ", ".join(row.states)
    return "; ".join(f"{name}: {', '.join(listed)}" for name, listed in parts)


def overview() -> Iterator[str]:
    yield "## Commands\n"
    head = ("command", "command_id", "since", "section", "kind", "sent by", "answered by", "decode", "encode")
    yield table(
        head,
        (
            (
                f"[`{row.name}`](#{row.name})",
                f"0x{row.command_id:08X}",
                row.introduced,
                row.section,
                row.kind,
                row.sender,
                code(row.partner) if row.kind == kinds.REQUEST else "",
                "yes",
                "yes",
            )
            for row in commands.ROWS
        ),
    )
    spans = ", ".join(f"0x{first:08X} to 0x{last:08X}" for first, last in commands.VENDOR_IDS)
    yield f"Vendor commands: {spans}.\n"


def command(row: kinds.Command) -> Iterator[str]:
    """Yield the chapter of one command."""
    yield f"### {row.name}\n"
    bare = " The body is left out when command_status is not 0." if row.bare_on_error else ""
    yield f"`sk.{commands.class_name(row.name)}`, section {row.section}. Sent in {where(row)}.{bare}\n"
    if row.fields:
        head = ("field", "kind", "octets", "values", "status when bad")
        yield table(
            head,
            (
                (code(field.name), KINDS[field.kind], bounds(field), meaning(field), statuses.name_of(field.status))
                for field in row.fields
            ),
        )
    else:
        yield "No body.\n"
    if travelling(row.name):
        yield f"TLVs: {travelling(row.name)}.\n"


def matrix() -> Iterator[str]:
    """Yield who may send what in which state."""
    yield "## Operation matrix\n"
    yield "E: the ESME may send it, M: the message centre, in a session of 3.4 / of 5.0.\n"

    def cell(name: str, state: str) -> str:
        said = []
        for version in ("3.4", "5.0"):
            roles = [role[0] for role in ("ESME", "MC") if states.allowed(name, role, state, version)]
            said.append("".join(roles) or "-")
        return " / ".join(said) if set(said) != {"-"} else ""

    opened = [state for state in states.STATES_V50 if state != "CLOSED"]
    yield table(
        ("command", *opened),
        ((code(row.name), *(cell(row.name, state) for state in opened)) for row in commands.ROWS),
    )


def optional_parameters() -> Iterator[str]:
    yield "## TLVs\n"
    head = ("tag", "name", "since", "section", "kind", "octets", "repeats", "meaning")
    yield table(
        head,
        (
            (
                f"0x{row.tag:04X}",
                code(row.name) + (f", {code(row.other_name)}" if row.other_name else ""),
                row.introduced,
                row.section,
                TLV_KINDS[row.kind],
                row.least if row.least == row.most else f"{row.least} to {row.most}",
                "yes" if row.repeats else "",
                row.meaning,
            )
            for row in tlvs.ROWS
        ),
    )
    first, last = tlvs.VENDOR_TAGS
    yield f"Vendor TLVs: 0x{first:04X} to 0x{last:04X}; a profile can name them.\n"


def every_status() -> Iterator[str]:
    yield "## Statuses\n"
    head = ("command_status", "name", "since", "category", "meaning", "what a client should do")
    yield table(
        head,
        (
            (
                f"0x{row.code:08X}",
                code(row.name) + (f", {code(row.other_name)}" if row.other_name else ""),
                row.introduced,
                row.category,
                row.meaning,
                row.hint,
            )
            for row in statuses.ROWS
        ),
    )
    first, last = statuses.VENDOR
    yield f"Vendor statuses: 0x{first:08X} to 0x{last:08X}. Every other number is reserved.\n"
    yield "### Seen outside the standards\n"
    yield table(
        ("command_status", "origin", "source", "category", "meaning"),
        ((f"0x{row.code:08X}", row.origin, row.source, row.category, row.meaning) for row in observed.OBSERVED),
    )


def enumerations() -> Iterator[str]:
    yield "## Enumerations\n"
    names = dict.fromkeys(row.values for row in values.ROWS)
    for name in names:
        rows = [row for row in values.ROWS if row.values == name]
        mask = f", bits 0x{rows[0].mask:02X}" if rows[0].mask != 0xFFFFFFFF else ""
        yield f"### {name}{mask}\n"
        yield table(
            ("value", "name", "since", "meaning"),
            (
                (
                    row.first if row.first == row.last else f"{row.first} to {row.last}",
                    row.name,
                    row.introduced,
                    row.meaning,
                )
                for row in rows
            ),
        )
    yield "### service_type\n"
    yield table(("value", "meaning"), values.SERVICE_TYPES.items())


def page() -> str:
    """Return the whole text of docs/compliance.md."""
    chapters = [INTRODUCTION, *overview(), "## Command by command\n"]
    for row in commands.ROWS:
        chapters += command(row)
    chapters += [*matrix(), *optional_parameters(), *every_status(), *enumerations()]
    return "\n".join(chapters)


def main() -> int:
    text = page()
    current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if current == text:
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{PAGE} is not what smppkit/spec says: run make docs", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
