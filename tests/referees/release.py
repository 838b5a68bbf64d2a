"""Reads what a release says of itself by the libraries of those who say how it is written: `release.py FOLDER`.

Each is also broken here, and must then be refused: a judge that takes anything judges nothing.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import ParseDict, ParseError
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

BOM = JsonStrictValidator(SchemaVersion.V1_5)
PROVENANCE = "https://slsa.dev/provenance/v1"


def bom(document: dict[str, Any]) -> str:
    error = BOM.validate_str(json.dumps(document))
    return str(error) if error else ""


def statement(document: dict[str, Any]) -> str:
    """What is wrong with a statement and with SLSA's predicate in it."""
    try:
        read = ParseDict(document, statement_pb2.Statement())
        Statement.copy_from_pb(read).validate()
        if read.predicate_type != PROVENANCE:
            return f"the predicate is {read.predicate_type}"
        predicate = ParseDict(document["predicate"], provenance_pb2.Provenance())
        if (
            not predicate.build_definition.build_type
            or not predicate.run_details.builder.id
        ):
            return "buildType or builder.id is missing"
        if not predicate.build_definition.resolved_dependencies:
            return "it is made of nothing"
    except (ParseError, ValueError) as error:
        return str(error)
    return ""


def without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    at = copy
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return copy


def judged(
    path: Path, judge: Callable[[dict[str, Any]], str], *broken: tuple[str, ...]
) -> list[str]:
    document = json.loads(path.read_text())
    if wrong := judge(document):
        return [f"{path.name}: {wrong}"]
    lost = [
        f"{path.name} without {'.'.join(keys)} is taken"
        for keys in broken
        if not judge(without(document, *keys))
    ]
    strange = {**document, "strange": True}
    return lost + (
        [f"{path.name} with another field is taken"] if not judge(strange) else []
    )


def main(folder: Path) -> int:
    wrong: list[str] = []
    boms, statements = (
        sorted(folder.glob("sbom/*.cdx.json")),
        sorted(folder.glob("*.intoto.json")),
    )
    for path in boms:
        wrong += judged(path, bom, ("bomFormat",), ("metadata", "component", "name"))
    for path in statements:
        wrong += judged(
            path,
            statement,
            ("_type",),
            ("subject",),
            ("predicate", "buildDefinition", "buildType"),
            ("predicate", "runDetails", "builder", "id"),
        )
    if not boms or len(statements) != 1:
        wrong.append(f"{len(boms)} SBOMs and {len(statements)} provenances are there")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
