"""Says what griffe finds to break between the generated Python of two folders: `stubs.py OLD NEW`."""

import sys

import griffe


def load(folder: str) -> griffe.Object:
    return griffe.load("acme", search_paths=[folder], allow_inspection=False)


old, new = map(load, sys.argv[1:])
for breakage in griffe.find_breaking_changes(old, new):
    print(breakage.kind.name, breakage.obj.path)
