"""Does the model provider answer, and does it have the models of the catalog?"""

from __future__ import annotations

from typing import Any

from orchestrator.inference.catalog import load_catalog
from orchestrator.inference.errors import CatalogInvalid
from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.operations.http_client import Answer, get_json
from switchboard.settings import Settings

PART = "model"
TIMEOUT = 5.0


async def check_model(settings: Settings) -> Finding:
    """Ask the provider for its list of models, which costs nothing."""
    if settings.oxlo_api_key is None:
        return ok(PART, "OXLO_API_KEY is unset: the sandbox model answers, and says so.")
    url = f"{settings.oxlo_base_url}/models"
    key = settings.oxlo_api_key.get_secret_value()
    answer = await get_json(url, timeout=TIMEOUT, headers={"Authorization": f"Bearer {key}"})
    return _judged(answer, url, catalog_models(settings))


def catalog_models(settings: Settings) -> list[str]:
    """Return the names of the catalog's models; empty when it can't be read, which another check tells."""
    try:
        return [model.name for model in load_catalog(settings.catalog).model]
    except CatalogInvalid:
        return []


def _judged(answer: Answer, url: str, wanted: list[str]) -> Finding:
    if answer.status == 0:
        return broken(PART, f"{url} does not answer: {answer.error}: see OXLO_BASE_URL.")
    if answer.status in (401, 403):
        return broken(PART, f"{url} refuses the key (HTTP {answer.status}): see OXLO_API_KEY.")
    if answer.status != 200:
        return warning(
            PART,
            f"{url} answers with HTTP {answer.status}: see OXLO_BASE_URL; try `switchboard doctor --probe`.",
        )
    offered = _names(answer.body)
    if lacking := [name for name in wanted if name not in offered]:
        return warning(PART, f"{url} answers, but does not list {', '.join(lacking)} of SWITCHBOARD_CATALOG.")
    return ok(PART, f"{url} answers and lists every model of the catalog.")


def _names(body: Any) -> set[str]:
    entries = body.get("data", []) if isinstance(body, dict) else []
    return {entry["id"] for entry in entries if isinstance(entry, dict) and "id" in entry}
