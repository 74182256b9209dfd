"""A real PostgreSQL 18 and a real Valkey 9 in a data folder, started and stopped by the program."""

from storage.embedded.services import EmbeddedServices, ServiceStatus, ServiceUrls

__all__ = ["EmbeddedServices", "ServiceStatus", "ServiceUrls"]
