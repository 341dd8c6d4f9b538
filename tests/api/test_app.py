import pytest

from slu.api.app import create_app_from_environment
from slu.settings import Settings, get_settings


def test_lists_in_the_environment_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLU_API_KEYS", "one, two,")
    monkeypatch.setenv("SLU_CORS_ORIGINS", "https://a.example,https://b.example")
    settings = Settings()
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]
    assert settings.cors_origins == ("https://a.example", "https://b.example")


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLU_API_KEYS", "open-sesame")
    assert "open-sesame" not in repr(Settings())


def test_the_application_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    get_settings.cache_clear()
    parts = create_app_from_environment().state.parts
    get_settings.cache_clear()
    assert str(parts.service.settings.project_root) == str(tmp_path)
