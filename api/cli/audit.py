"""`cadencia verify` and `evidence`: the ledger held against its chain, one account with proofs."""

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("verify")(verify)
    app.command("evidence")(evidence)


def verify(
    head: Annotated[
        list[Path] | None,
        typer.Option("--head", help="A head exported before (besides the data folder's)."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export-head", help="Seal what waits and write the chain's head here.")
    ] = None,
    evidence_file: Annotated[
        Path | None,
        typer.Option("--evidence", help="Check an evidence file by itself, without the database."),
    ] = None,
) -> None:
    """Check every line of the ledger against its chain. Exit code 2 when one is not as it was written."""
    from api import sealing
    from api.clock import BusinessClock
    from api.usecases.upkeep.verify_ledger import verify_ledger
    from storage.database import Database

    if evidence_file is not None:
        _check_file(evidence_file, head or [])
        return
    settings = load_settings()
    own = settings.data_dir / sealing.FILE
    with servers_of(settings) as urls:
        database = Database(urls.database_url)
        if export is not None:
            sealing.seal_once(database, BusinessClock(database), own)
            sealing.export_head(database, export)
        exported = [seal for file in (own, *(head or [])) if (seal := sealing.read_head(file))]
        done = verify_ledger(database, exported)
    for sentence in done.wrong:
        print(sentence)
    print(f"{done.lines} líneas leídas, {len(done.wrong)} hallazgos.")
    if done.head is not None:
        print(f"Sello {done.head.id} del {done.head.sealed_at:%d-%m-%Y %H:%M}: {done.head.hash.hex()}")
    raise typer.Exit(2 if done.wrong else 0)


def evidence(
    account: Annotated[str, typer.Argument(help="Number of the account.")],
    portfolio: Annotated[str, typer.Option("--portfolio", help="Key of its portfolio.")],
    as_json: Annotated[bool, typer.Option("--json", help="The file `verify --evidence` checks.")] = False,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write it on paper here.")] = None,
) -> None:
    """Everything that happened to an account, in order, with the proofs of the ledger's chain."""
    from api.clock import BusinessClock
    from api.evidence.evidence_file import evidence_document
    from api.evidence.evidence_on_paper import on_paper
    from api.usecases.upkeep.gather_evidence import gather_evidence
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        found = gather_evidence(database, BusinessClock(database), portfolio, account)
    if pdf is not None:
        pdf.write_bytes(on_paper(found))
    if as_json:
        print(json.dumps(evidence_document(found), ensure_ascii=False, indent=1))
        return
    for entry in found.entries:
        proof = f"  [línea {entry.line}]" if entry.line is not None else ""
        print(f"{entry.at.astimezone(UTC):%d-%m-%Y %H:%M}  {entry.said}{proof}")
    print(f"{len(found.entries)} asientos, {len(found.lines)} con prueba en la cadena.")


def _check_file(file: Path, heads: list[Path]) -> None:
    from api import sealing
    from api.evidence.evidence_file import check_evidence, read_evidence

    exported = [seal for one in heads if (seal := sealing.read_head(one))]
    done = check_evidence(read_evidence(file), exported)
    for sentence in done.wrong:
        print(sentence)
    print(f"{done.entries} asientos, {done.proven} con prueba, {len(done.wrong)} hallazgos.")
    if done.head is not None:
        print(f"Sello {done.head.id}: {done.head.hash.hex()}")
    raise typer.Exit(2 if done.wrong else 0)
