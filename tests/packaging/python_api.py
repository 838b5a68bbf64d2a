"""What programs that use the Python package rely on, and what a change of it breaks.

Usage: python_api.py PACKAGE LOCK

PACKAGE is the folder of the sources, LOCK the description that is committed; it need not be there. Prints JSON: the
description of the sources, whether the lock says the same, and a line for each thing that would break a program
which was written for the lock. griffe compares names, arguments and values; types are compared here.
"""

import ast
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Union

import griffe

# What only the package itself imports.
OURS = {"_missing.py"}
# The line before each file.
FILE = "#: "

Defined = Union[ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef]


def described(folder: Path) -> dict[str, str]:
    """Each file of a package without what its users do not see. A stub stands in for the module of its name."""
    files = {}
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.pyi")]):
        if path.name in OURS or path.with_suffix(".pyi") != path and path.with_suffix(".pyi").exists():
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tree.body = list(seen(tree.body))
        files[path.relative_to(folder).as_posix()] = short(ast.unparse(tree))
    return files


def short(text: str) -> str:
    """A line for each thing."""
    return re.sub(r":\n +\.\.\.$", ": ...", re.sub(r"\n\n+", "\n", text), flags=re.MULTILINE)


def seen(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Of statements those that say what there is: no words, no code, nothing private but types, which others name."""
    for one in body:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if public(one.name):
                one.body = [ast.Expr(ast.Constant(...))]
                yield one
        elif isinstance(one, ast.ClassDef):
            if public(one.name):
                one.body = list(seen(one.body)) or [ast.Expr(ast.Constant(...))]
                yield one
        elif isinstance(one, ast.If):
            one.body = list(seen(one.body))
            one.orelse = list(seen(one.orelse))
            if one.body:
                yield one
        elif isinstance(one, (ast.Import, ast.ImportFrom)):
            yield one
        elif isinstance(one, ast.Assign):
            if all(isinstance(name, ast.Name) and public(name.id) for name in one.targets):
                yield one
        elif isinstance(one, (ast.AnnAssign, ast.AugAssign)) and isinstance(one.target, ast.Name):
            named = ast.unparse(one.annotation) if isinstance(one, ast.AnnAssign) else ""
            if public(one.target.id) or named == "TypeAlias":
                yield one


def public(name: str) -> bool:
    return not name.startswith("_") or name.endswith("__")


def joined(files: dict[str, str]) -> str:
    return "".join(f"{FILE}{name}\n{text}\n" for name, text in files.items())


def parted(lock: str) -> dict[str, str]:
    parts = lock.split(f"\n{FILE}")[1:]
    return {name: text.rstrip("\n") for name, text in (part.split("\n", 1) for part in parts)}


def loaded(files: dict[str, str], folder: Path) -> griffe.Object:
    for name, text in files.items():
        file = folder / "snapline" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    package = griffe.load("snapline", search_paths=[folder], allow_inspection=False, resolve_aliases=True)
    for module in modules(package):
        for name, member in module.members.items():
            # Without a list of what is public, what is imported to be given on is public too.
            if member.is_alias and not module.exports:
                member.public = public(name)
    return package


def modules(module: griffe.Object) -> Iterator[griffe.Object]:
    yield module
    for one in module.modules.values():
        if not one.is_alias:
            yield from modules(one)


def breaks(old: griffe.Object, new: griffe.Object) -> Iterator[str]:
    there = {module.path: module for module in modules(new)}
    for module in modules(old):
        other = there.get(module.path)
        if other is None:
            if public(module.name):
                yield f"{module.path} is gone"
            continue
        for one in griffe.find_breaking_changes(module, other):
            told = re.sub("\x1b[^m]*m", "", one.explain(griffe.ExplanationStyle.ONE_LINE))
            yield told.split(": ", 1)[-1]
        yield from types(module, other)


def types(old: griffe.Object, new: griffe.Object) -> Iterator[str]:
    """What is taken may only grow, and what is given may only shrink."""
    for name, was in old.members.items():
        now = new.members.get(name)
        if now is None or was.is_alias or now.is_alias or was.kind is not now.kind:
            continue
        if was.is_class:
            yield from types(was, now)
        elif was.is_function:
            for argument in was.parameters:
                if any(argument.name == other.name for other in now.parameters):
                    taken = now.parameters[argument.name].annotation
                    lost = parts(argument.annotation) - parts(taken)
                    if lost and taken is not None:
                        yield f"{was.path}({argument.name}) does not take {told(lost)} any more"
            given = parts(now.returns) - parts(was.returns)
            if given and was.returns is not None:
                yield f"{was.path}() may give {told(given)}"
        elif was.is_attribute and str(was.annotation) == "TypeAlias":
            if lost := parts(was.value) - parts(now.value):
                yield f"{was.path} is without {told(lost)}"
        elif was.is_attribute and not name.startswith("__"):
            before, after = parts(was.annotation), parts(now.annotation)
            taken = any("TypedDict" in str(base) for base in getattr(old, "bases", []))
            changed = before - after if taken else after - before
            if changed:
                yield f"{was.path} {'does not take' if taken else 'may be'} {told(changed)}"
            if was.value is not None and str(was.value) != str(now.value):
                yield f"{was.path} is {now.value} where it was {was.value}"


def parts(annotation: object) -> set[str]:
    """The types of a union, and the words of a literal, each alone."""
    if annotation is None:
        return set()
    waiting, found = [ast.parse(str(annotation), mode="eval").body], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitOr):
            waiting += [one.left, one.right]
        elif isinstance(one, ast.Subscript) and ast.unparse(one.value) == "Literal":
            words = one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice]
            found |= {f"Literal[{ast.unparse(word)}]" for word in words}
        else:
            found.add(ast.unparse(one))
    return found


def told(types: set[str]) -> str:
    return " or ".join(sorted(types))


def main() -> None:
    folder, lock = map(Path, sys.argv[1:])
    now = described(folder)
    before = parted("\n" + lock.read_text(encoding="utf-8")) if lock.exists() else {}
    same = {name: ast.dump(ast.parse(text)) for name, text in before.items()} == {
        name: ast.dump(ast.parse(text)) for name, text in now.items()
    }
    broken = []
    if before and not same:
        with tempfile.TemporaryDirectory() as old, tempfile.TemporaryDirectory() as new:
            broken = sorted(set(breaks(loaded(before, Path(old)), loaded(now, Path(new)))))
    print(json.dumps({"text": joined(now), "same": same, "broken": broken}))


main()
