"""The committed canvas is the one its sources make, names no host, and carries the licences of others."""

import hashlib
import json
from pathlib import Path

CANVAS = Path(__file__).parents[2] / "builder" / "canvas"
FRONTEND, ASSETS = CANVAS / "frontend", CANVAS / "assets"


def sources() -> list[str]:
    named = ["package.json", "package-lock.json", "build.mjs"]
    return sorted([*named, *(f"src/{file.name}" for file in (FRONTEND / "src").iterdir())])


def test_the_bundle_was_built_of_these_sources() -> None:
    """Red after an edit of a source: run `npm ci && npm run build` in builder/canvas/frontend."""
    digest = hashlib.sha256()
    for name in sources():
        digest.update(f"{name}\n".encode())
        digest.update((FRONTEND / name).read_bytes())
    assert (ASSETS / "sources.sha256").read_text().strip() == digest.hexdigest()


def test_the_bundle_is_there_and_of_a_sane_size() -> None:
    assert 200_000 < (ASSETS / "canvas.js").stat().st_size < 700_000
    assert 10_000 < (ASSETS / "canvas.css").stat().st_size < 60_000


def test_the_lock_names_no_place_to_download_from() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all(package.get("integrity") for name, package in packages.items() if name)


def test_the_licence_of_every_package_inside_is_told() -> None:
    told = (ASSETS / "THIRD-PARTY-LICENCES.txt").read_text()
    for package in (
        "react ",
        "react-dom ",
        "@xyflow/react ",
        "@xyflow/system ",
        "@dagrejs/dagre ",
        "zustand ",
        "d3-zoom ",
    ):
        assert f"\n{package}" in told, package
    assert told.count("Permission") >= 10
