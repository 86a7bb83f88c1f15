"""French and Spanish articles are found and quoted by the words their own grammar makes of a question's."""

from __future__ import annotations

from pathlib import Path

from orchestrator.inference.sandbox.declared import read_sandbox
from orchestrator.inference.sandbox.responder import make_sandbox
from orchestrator.knowledge.search import Knowledge
from orchestrator.store.database import Database
from tests.support.conversation import Conversation, error

RENTAL = Path(__file__).parents[3] / "examples" / "velo"
QUESTIONS = [
    ("Quels sont vos horaires ?", "fr", "horaires#quand"),
    ("Combien coûte la caution ?", "fr", "caution#combien"),
    ("Que faire en cas de panne ?", "fr", "panne#"),
    ("Puis-je louer un vélo pour un enfant ?", "fr", "enfants#"),
    ("Et si je rends le vélo en retard ?", "fr", "retard#"),
    ("Êtes-vous assurés ?", "fr", "assurance#"),
    ("Jusqu'à quand puis-je annuler ?", "fr", "annulation#jusqu"),
    ("¿Cuál es el horario?", "es", "horaires-es#cuando"),
    ("¿Hasta cuándo puedo anular?", "es", "annulation-es#hasta"),
    ("When are you open?", "en", "horaires-en#when"),
]


async def test_questions_are_answered_in_their_language_from_the_right_passage(database: Database) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(RENTAL / "knowledge")
    model = make_sandbox(("fr", "es", "en"), read_sandbox(RENTAL / "sandbox.toml"))
    wrong = []
    for question, language, wanted in QUESTIONS:
        found = await knowledge.search(question)
        passages = [{"id": each.id, "title": each.title, "text": each.text} for each in found]
        customer = Conversation(
            model=model,
            recall=False,
            context={"passages": passages},
            run=lambda tool, arguments: error("failed"),
        )
        told = customer.say(question)
        if told["language"] != language or not str(told["citations"][:1]).startswith(f"['{wanted}"):
            wrong.append(f"{question} -> {told['language']} {told['citations']}")
    assert "\n".join(wrong) == ""
