"""Imports go down only, and what is heavy or dangerous stays in its room."""

import ast
import re

import pytest

from tests.house.modules import PACKAGE, Import, Module, imports, modules, part_of

# From the ground up; parts on one floor do not import each other. Floors that are not built yet keep their place.
FLOORS = (
    {"spec", "errors", "html", "_version"},
    {"_core", "profiles"},
    {"text"},
    {"codec"},
    {"journal", "protocol"},
    {"fold"},
    {"frames", "link"},
    {"esme", "smsc"},
    {"trial"},  # simulator and account in one call: the only part below the commands that knows both
    {"cli", "notebook"},
)
# stats serves any DataFrame: of ours it knows only the exceptions and the escaping of HTML, which know nothing of ours.
APART = {"stats": {"errors", "html"}}
FLOOR = {part: number for number, floor in enumerate(FLOORS) for part in floor}
BUILT = (  # every one of these is there; the rest of the house may be
    {"_core", "_version", "cli", "codec", "errors", "fold", "frames", "html", "journal", "profiles", "spec", "stats"}
    | {"esme", "link", "notebook", "protocol", "smsc", "text", "trial"}
)

# What may be imported where: at the top of a module of these parts, or inside a function of these modules.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "pandas": (
        {"frames", "stats"},
        {"text.alphabet_columns", "text.plan", "text.plans", "text.receipts", "cli", "esme", "notebook", "trial"},
    ),
    "matplotlib": ({"stats.plots", "stats.style"}, set()),
    "phonenumbers": (set(), {"frames"}),
    "ipywidgets": ({"notebook"}, set()),
    "anywidget": ({"notebook"}, set()),
    "IPython": ({"notebook"}, set()),
    "socket": ({"link", "smsc"}, set()),
    "socketserver": (set(), set()),
    "selectors": ({"link", "smsc"}, set()),
    "ssl": ({"link", "smsc"}, set()),
    "asyncio": (set(), set()),
    "subprocess": ({"smsc"}, set()),
    "multiprocessing": (set(), set()),
    "pickle": (set(), set()),
    "marshal": (set(), set()),
    "shelve": (set(), set()),
    "time": ({"link", "esme", "smsc", "notebook", "cli", "trial"}, set()),
    "concurrent": ({"frames", "esme", "codec.bulk"}, set()),
    "tqdm": (set(), {"esme", "cli", "trial"}),
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
THREADS = {
    "link",
    "esme",
    "smsc",
    "journal.sqlite",
    "notebook.publisher",
    "frames",
    "codec.bulk",
}  # parts or modules that start threads, each with an owner and an end; locks may stand anywhere
EVERY_MODULE = pytest.mark.parametrize("module", modules(), ids=lambda module: module.path.name + ":" + module.name)


def fault(module: Module, imported: Import) -> str:
    """Say what is wrong with one import of our own, nothing when it is right."""
    target = part_of(imported.name)
    if target is None or module.part in {target, ""}:
        return ""
    if module.part not in FLOOR and module.part not in APART:
        return f"{module.part} is no part of the house"
    if target not in FLOOR and target not in APART:
        # "from .. import name": a name that the package itself has, so the package with its heavy names
        return f"imports the name {target!r} from smppkit itself; import it from where it is defined"
    if module.part in APART:
        return "" if target in APART[module.part] else f"imports {target}, but stands apart"
    if target in APART:
        return "" if FLOOR[module.part] >= FLOOR["frames"] else f"imports {target}"
    return "" if FLOOR[target] < FLOOR[module.part] else f"imports {target}, which is not below {module.part}"


def test_every_part_of_the_house_is_there_and_no_other():
    on_disk = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))) and path.stem != "__init__"
    }
    assert BUILT <= on_disk <= set(FLOOR) | set(APART)


@EVERY_MODULE
def test_imports_go_down_only(module):
    faults = [f"line {found.line}: {fault(module, found)}" for found in imports(module) if fault(module, found)]
    assert not faults, f"{module.path}: {faults}"


@EVERY_MODULE
def test_heavy_and_dangerous_modules_stay_in_their_rooms(module):
    for found in imports(module):
        rooms = ROOMS.get(found.name.partition(".")[0])
        if rooms is None:
            continue
        anywhere, inside_functions = rooms
        at_home = {module.part, module.name} & (anywhere | (inside_functions if found.lazy else set()))
        assert at_home, f"{module.path}:{found.line} imports {found.name}"


@EVERY_MODULE
def test_nothing_is_evaluated(module):
    if not module.is_python:
        assert not re.search(r"(?<![\w.])(eval|exec)\(", module.text)
        return
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, f"{module.path}:{node.lineno} calls {node.func.id}"


@EVERY_MODULE
def test_threads_have_an_owner(module):
    if re.search(r"\b(threading\.Thread|Thread|Timer|ThreadPoolExecutor)\(", module.text):
        assert {module.part, module.name} & THREADS, f"{module.path} starts threads"


@EVERY_MODULE
def test_ground_floor_needs_the_standard_library_only(module):
    if module.part in FLOORS[0]:
        foreign = {"numpy", "pandas", "pyarrow", "scipy"}
        assert not foreign & {found.name.partition(".")[0] for found in imports(module)}


@EVERY_MODULE
def test_core_is_bytes_and_arrays_only(module):
    if module.part == "_core":
        names = {found.name.partition(".")[0] for found in imports(module)}
        assert not names & {"pandas", "pyarrow", "scipy"}
        assert "cimport numpy" not in module.text


def test_the_scan_sees_imports_of_every_form():
    source = (
        "import os.path, sys\nfrom . import near\nfrom ..spec.kinds import U8 as octet\n"
        "def lazy():\n    import pandas as pd\n    from .deep import thing\n"
        "if TYPE_CHECKING:\n    import matplotlib\n"
    )
    module = Module("frames.pdus", PACKAGE / "frames" / "pdus.py", source)
    assert {(found.name, found.lazy) for found in imports(module)} == {
        ("os.path", False),
        ("sys", False),
        ("smppkit.frames.near", False),
        ("smppkit.spec.kinds.U8", False),
        ("pandas", True),
        ("smppkit.frames.deep.thing", True),
    }
    cython = Module(
        "_core.pdu",
        PACKAGE / "_core" / "pdu.pyx",
        "cimport cython\nfrom .plan cimport (walk,\n    Walk)\n"
        "from libc.string cimport memchr\nfrom smppkit.spec import tlvs as _tlvs\n",
    )
    names = {found.name for found in imports(cython)}
    assert {"cython", "smppkit._core.plan.walk", "libc.string.memchr", "smppkit.spec.tlvs"} <= names


@pytest.mark.parametrize(
    ("part", "target", "right"),
    [
        ("codec", "smppkit.text.parts", True),
        ("text", "smppkit.codec", False),
        ("spec", "smppkit.errors.SmppError", False),
        ("_core", "smppkit.profiles", False),
        ("fold", "smppkit.frames", False),
        ("stats", "smppkit.frames", False),
        ("stats", "smppkit.errors", True),
        ("frames", "smppkit.stats", True),
        ("fold", "smppkit.stats", False),
        ("cli", "smppkit.frame", False),
    ],
)
def test_the_rule_is_the_rule(part, target, right):
    module = Module(f"{part}.some", PACKAGE / part / "some.py", "")
    assert (fault(module, Import(target, False, 1)) == "") == right
