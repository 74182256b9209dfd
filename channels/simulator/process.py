"""Runs the simulator in a process of its own, so that tests may kill the service and keep the judge."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class SimulatorProcess:
    """``with SimulatorProcess(ledger_path) as simulator:`` ends the process with the block."""

    def __init__(
        self, ledger_path: Path, *, port: int = 0, smtp_port: int = 0, smpp_port: int = 0, seed: int = 0
    ) -> None:
        self.ledger_path = ledger_path
        ports = ["--port", str(port), "--smtp-port", str(smtp_port), "--smpp-port", str(smpp_port)]
        self._arguments = [*ports, "--seed", str(seed)]
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.smtp_port = 0
        self.smpp_port = 0

    @property
    def whatsapp_url(self) -> str:
        """The base URL for the WhatsApp adapter."""
        return f"{self.url}/v23.0"

    def start(self) -> Self:
        """Start, and wait until both ports answer; ``RuntimeError`` when the process ends first."""
        command = [sys.executable, "-m", "channels.simulator", "--ledger", str(self.ledger_path)]
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [*command, *self._arguments], stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert self._process.stdout is not None
        first_line = self._process.stdout.readline()
        if not first_line:
            raise RuntimeError(f"the simulator ended with code {self._process.wait()}")
        told = json.loads(first_line)
        self.url, self.smtp_port, self.smpp_port = told["url"], told["smtp_port"], told["smpp_port"]
        return self

    def stop(self) -> None:
        """End the process and wait for it; the ledger file is complete afterwards."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
