"""Which file may import which: imports for type checking and inside of functions count like all others."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[1]
INTEGRATION = "custom_components.stellantis"
API = f"{INTEGRATION}.api"
ACCOUNT = f"{INTEGRATION}.account"
HISTORY = f"{INTEGRATION}.history"

type Imports = dict[str, set[str]]
"""The names of modules, each with the names of the modules that it imports."""


def module_name(root: Path, path: Path) -> str:
    """Return the name by which a file is imported."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def read_imports(root: Path, *folders: str) -> Imports:
    """Read what each file of some folders imports."""
    paths = {module_name(root, path): path for folder in folders for path in (root / folder).rglob("*.py")}

    def imported_by(name: str, path: Path) -> Iterator[str]:
        package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                start = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*start, node.module] if node.module else start)
                # What is imported from a package is a module of it, or else something that the package itself has.
                modules = (f"{base}.{alias.name}" for alias in node.names)
                yield from (module if module in paths else base for module in modules)

    return {name: set(imported_by(name, path)) for name, path in paths.items()}


def find_circle(imports: Imports) -> list[str]:
    """Return modules each of which imports the one before it, the first being the last too; none if there are none."""
    try:
        TopologicalSorter({name: imported & imports.keys() for name, imported in imports.items()}).prepare()
    except CycleError as err:
        circle: list[str] = err.args[1]
        return circle
    return []


def is_in(module: str, package: str) -> bool:
    """Tell whether a module is a package or in it."""
    return f"{module}.".startswith(f"{package}.")


def write_files(root: Path, files: dict[str, str]) -> None:
    """Write the files of a package that is made up."""
    for name, content in files.items():
        path = root / "made_up" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"a.py": "from .b import B\n", "b.py": "import made_up.c\n", "c.py": "import os\n"}, set()),
        (
            {
                "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import B\n",
                "b.py": "from made_up.a import A\n",
            },
            {"made_up.a", "made_up.b"},
        ),
        ({"a.py": "from . import b\n", "b.py": "def f():\n    import made_up.a\n"}, {"made_up.a", "made_up.b"}),
        (
            {
                "a.py": "from .room import R\n",
                "room/__init__.py": "from .b import R\n",
                "room/b.py": "from ..a import A\n",
            },
            {"made_up.a", "made_up.room", "made_up.room.b"},
        ),
        ({"__init__.py": "from .a import A\n", "a.py": "from . import B\n"}, {"made_up", "made_up.a"}),
        ({"__init__.py": "", "a.py": "from . import b\n", "b.py": "from . import c\n", "c.py": ""}, set()),
    ],
    ids=["none", "for type checking", "in a function", "through a package", "of a package", "none within a package"],
)
def test_a_circle_is_found(tmp_path: Path, files: dict[str, str], circle: set[str]) -> None:
    write_files(tmp_path, files)
    assert set(find_circle(read_imports(tmp_path, "made_up"))) == circle


def test_what_a_file_imports(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "a.py": "import os.path\nfrom homeassistant.core import HomeAssistant\nfrom .room import b, R\n",
            "room/__init__.py": "",
            "room/b.py": "from .. import a\nfrom ..a import A\nfrom . import R\n",
        },
    )
    assert read_imports(tmp_path, "made_up") == {
        "made_up.a": {"os.path", "homeassistant.core", "made_up.room.b", "made_up.room"},
        "made_up.room": set(),
        "made_up.room.b": {"made_up.a", "made_up.room"},
    }


@pytest.mark.parametrize("folder", ["custom_components", "simulator", "demo"])
def test_no_files_import_each_other_in_a_circle(folder: str) -> None:
    imports = read_imports(ROOT, folder)
    assert imports
    assert find_circle(imports) == []


@pytest.mark.parametrize(
    ("importing", "imported", "allowed"),
    [
        (API, "homeassistant", None),
        (API, "custom_components", API),
        ("simulator", "custom_components", None),
        ("custom_components", "simulator", None),
        *[(folder, "tests", None) for folder in ("custom_components", "simulator", "demo")],
    ],
)
def test_arrows_point_one_way(importing: str, imported: str, allowed: str | None) -> None:
    """Some modules import nothing of a package, or nothing but what is allowed."""
    imports = {
        name: modules
        for name, modules in read_imports(ROOT, "custom_components", "simulator", "demo").items()
        if is_in(name, importing)
    }
    assert imports
    assert [
        (name, module)
        for name, modules in imports.items()
        for module in modules
        if is_in(module, imported) and not (allowed and is_in(module, allowed))
    ] == []


def test_the_history_knows_nothing_of_what_shows_it() -> None:
    imports = read_imports(ROOT, "custom_components")
    imported = {module for name, modules in imports.items() if is_in(name, HISTORY) for module in modules}
    allowed = (HISTORY, API, f"{INTEGRATION}.const", f"{INTEGRATION}.stores")
    assert imported
    assert [
        module
        for module in imported
        if is_in(module, "custom_components") and not any(is_in(module, each) for each in allowed)
    ] == []


def test_what_an_account_is_made_of_is_its_own_affair() -> None:
    """Others import the package of the account, and none of its modules."""
    imports = read_imports(ROOT, "custom_components", "demo")
    assert ACCOUNT in imports
    assert [
        (name, module)
        for name, modules in imports.items()
        for module in modules
        if not is_in(name, ACCOUNT) and is_in(module, ACCOUNT) and module != ACCOUNT
    ] == []


def test_test_files_import_nothing_from_each_other() -> None:
    """What two of them need is in `tests/helpers`; fixtures come from a `conftest.py` without an import."""
    imports = read_imports(ROOT, "tests")
    assert module_name(ROOT, Path(__file__)) in imports
    assert [
        (name, module)
        for name, modules in imports.items()
        for module in modules & imports.keys()
        if module.rpartition(".")[2].startswith(("test_", "conftest"))
    ] == []


def test_the_recorder_is_imported_only_with_the_recorder() -> None:
    """With its database it takes a quarter of the import, and not every Home Assistant has it."""
    names = "import sys, custom_components.stellantis; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [sys.executable, "-c", names], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not {"homeassistant.components.recorder", "sqlalchemy"} & set(done.stdout.split())
