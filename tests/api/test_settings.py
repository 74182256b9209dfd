"""Settings: read in one place, refused by name, secrets never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.index_key import index_key
from api.settings import Settings, child_environment, load_settings
from engine.errors import ServiceError


def test_without_any_variable_the_servers_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert Settings(_env_file=None).embedded


def test_addresses_come_without_prefix_and_the_rest_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/cadencia")
    monkeypatch.setenv("REDIS_URL", "redis://queue/0")
    monkeypatch.setenv("CADENCIA_DATA_DIR", "/srv/cadencia")
    settings = load_settings()
    assert (settings.database_url, settings.redis_url) == ("postgresql://app@db/cadencia", "redis://queue/0")
    assert settings.data_dir == Path("/srv/cadencia")
    assert not settings.embedded


def test_a_wrong_value_is_refused_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_API_PORT", "ninety")
    with pytest.raises(ServiceError, match="CADENCIA_API_PORT") as refusal:
        load_settings()
    assert refusal.value.code == "settings.invalid"


def test_no_secret_shows_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2@db/cadencia")
    for secret in ("WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "TWILIO_TOKEN", "SMTP_PASSWORD"):
        monkeypatch.setenv(f"CADENCIA_{secret}", "hunter2")
    settings = load_settings()
    assert settings.smtp_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + str(settings)


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_child_inherits_the_environment_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    environment = child_environment(REDIS_URL="unix:///somewhere")
    assert (environment["TZ"], environment["REDIS_URL"]) == ("UTC", "unix:///somewhere")


def test_the_key_of_the_blind_index_is_the_one_set_and_else_kept_in_the_folder(tmp_path: Path) -> None:
    kept = index_key(Settings(data_dir=tmp_path))
    assert index_key(Settings(data_dir=tmp_path)) == kept and len(kept) == 32
    assert index_key(Settings(data_dir=tmp_path, index_key=SecretStr("ab" * 32))) == b"\xab" * 32
    with pytest.raises(ServiceError, match="64 hexadecimal digits"):
        index_key(Settings(data_dir=tmp_path, index_key=SecretStr("short")))
