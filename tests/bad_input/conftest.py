"""A console on a real database, and the question whether a refused command left anything behind."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import sql

from api.cli.app import run
from storage.database import Database
from tests.factories.book import BookFactory

REFUSAL = re.compile(r"^cadencia: [a-z_]+(\.[a-z0-9_]+)+( \[.+\])?: .+\n$")
"""Code, place, message and hint, in one line."""


@dataclass
class Console:
    """The command line of an installation with the empty portfolio ``prueba``."""

    database: Database
    folder: Path
    capture: pytest.CaptureFixture[str]
    book: BookFactory

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one command."""
        self.capture.readouterr()
        code = run([str(each) for each in arguments])
        told = self.capture.readouterr()
        assert "Traceback" not in told.out + told.err
        return code, told.out, told.err

    def refused(self, *arguments: str | Path) -> str:
        """The refusal of a command that must change nothing: one line with its code."""
        before = self.contents()
        code, _, said = self.run(*arguments)
        assert code == 2, said
        said = said.rsplit("\n", 2)[-2] + "\n"  # a progress bar may stand above
        assert REFUSAL.match(said), said
        assert self.contents() == before
        return said

    def contents(self) -> dict[str, str]:
        """What every table holds, as one hash each."""
        with self.database.connection() as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
            query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
            return {
                table: connection.execute(sql.SQL(query).format(sql.Identifier(table))).fetchall()[0][0]
                for (table,) in tables
            }

    def file(self, name: str, content: str | bytes) -> Path:
        """A file with this content."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@pytest.fixture
def console(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Console:
    """Commands that reach this test's own database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    database = Database(database_url)
    return Console(database, tmp_path, capsys, BookFactory(database))
