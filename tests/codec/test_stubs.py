"""The stub of the classes is what the rows say."""

import ast
import subprocess
import sys
from pathlib import Path

import smppkit as sk
from smppkit.spec.commands import ROWS, class_name

ROOT = Path(__file__).parents[2]
STUB = ROOT / "smppkit" / "codec" / "classes.pyi"


def test_the_stub_is_current():
    done = subprocess.run(
        [sys.executable, "tools/stubs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_stub_has_every_class_and_field():
    classes = {node.name: node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ClassDef)}
    assert set(classes) == {class_name(row.name) for row in ROWS}
    for row in ROWS:
        functions = {
            node.name: node for node in classes[class_name(row.name)].body if isinstance(node, ast.FunctionDef)
        }
        assert [name for name in functions if name != "__new__"] == [field.name for field in row.fields]
        keywords = [argument.arg for argument in functions["__new__"].args.kwonlyargs]
        assert keywords == list(getattr(sk, class_name(row.name)).__signature__.parameters)
