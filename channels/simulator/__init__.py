"""Stands in for every provider: speaks their protocols, misbehaves on demand, keeps the judge's ledger."""

from channels.simulator.ledger import Ledger, read_ledger
from channels.simulator.process import SimulatorProcess
from channels.simulator.server import Simulator

__all__ = ["Ledger", "Simulator", "SimulatorProcess", "read_ledger"]
