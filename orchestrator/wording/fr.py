"""What we say ourselves, in French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Je ne peux pas régler cela moi-même ; j'ai donc transmis votre demande à un"
        " collègue, qui voit tout ce que vous avez écrit et vous répondra ici.",
        "human_wanted": "J'ai transmis votre demande à un collègue, qui voit tout ce que vous avez écrit"
        " et vous répondra ici.",
        "desk_back": "Notre équipe sera de retour {when} ; personne ne pourra répondre avant.",
        "weekdays": "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "moment": "{weekday} {at:%d/%m/%Y} à {at:%H:%M} (heure locale, {place})",
        "leave_address": "Au cas où vous ne seriez plus là, écrivez-moi votre adresse e-mail : la"
        " réponse y sera aussi envoyée.",
        "goes_on": "D'ici là, je reste à votre disposition pour tout le reste.",
        "with_a_human": "Votre message est entre les mains du collègue qui suit votre demande ; la"
        " réponse viendra ici.",
        "provider_down": "Je ne peux pas vous répondre pour le moment, car notre assistant est"
        " injoignable. Votre message est bien enregistré, et un collègue vous répondra ici.",
        "waiting": "Je ne peux pas vous répondre pour le moment, car notre assistant est injoignable."
        " Votre message est bien enregistré, inutile de l'écrire à nouveau : la réponse suivra dès que"
        " possible. Mes collègues peuvent aussi le voir.",
        "waiting_call": "Veuillez m'excuser, je n'ai pas encore de réponse, car notre assistant est"
        " injoignable pour le moment. Votre question est bien enregistrée et mes collègues peuvent la"
        " voir. Vous pouvez rester en ligne ou raccrocher.",
        "waiting_call_mail": "Veuillez m'excuser, je n'ai pas encore de réponse, car notre assistant est"
        " injoignable pour le moment. Votre question est bien enregistrée et, si vous raccrochez, la"
        " réponse arrivera à votre adresse e-mail.",
        "in_doubt": "J'ai été interrompu pendant l'opération et je ne sais pas avec certitude si elle a"
        " abouti ; je ne la recommence donc pas. Un collègue vérifie et vous répondra ici.",
        "not_finished": "Cela demande plus d'étapes que je ne peux en faire d'un coup, et je n'ai pas"
        " terminé. Voulez-vous que je continue ? Il suffit de me le dire, ou de me dire ce qui compte le"
        " plus pour vous.",
        "encrypted": "Votre message nous est parvenu chiffré, et nous ne pouvons pas l'ouvrir ici. Merci"
        " de nous écrire à nouveau sans chiffrement, ou de demander un appel.",
        "colleague_checks": "Un collègue examine votre demande. Vous aurez la réponse dès que la"
        " décision sera prise ; rien n'a encore été fait.",
        "colleague_checks_matter": "Un collègue examine {matter}. Vous aurez la réponse dès que la"
        " décision sera prise ; rien n'a encore été fait.",
        "in_danger": "Vous avez bien fait d'écrire. J'ai appelé un collègue. Si vous ou une autre"
        " personne êtes en danger en ce moment, appelez tout de suite le 112 ou votre numéro d'urgence"
        " local.",
        "deferred": "Les réponses automatiques d'aujourd'hui sont épuisées. Votre message est bien"
        " enregistré et recevra une réponse dès que possible, au plus tard demain.",
        "answer_later": "La réponse prend plus de temps que d'habitude. Votre message est bien"
        " enregistré, et la réponse suivra dans cette conversation.",
        "approval_matter": "votre demande",
        "approval_subject": "Au sujet de votre demande",
        "approval_done": "Examiné, accepté et fait : {matter}.",
        "approval_failed": "Examiné et accepté : {matter}. L'exécution a toutefois échoué ; l'équipe"
        " s'en occupe et vous répondra ici.",
        "approval_in_doubt": "Examiné et accepté : {matter}. J'ai été interrompu pendant l'exécution et"
        " je ne sais pas avec certitude si elle a abouti ; je ne la recommence donc pas. L'équipe"
        " vérifie et vous répondra ici.",
        "approval_denied": "Examiné, mais malheureusement impossible : {matter}. Si vous avez des"
        " questions à ce sujet, écrivez-nous simplement.",
        "approval_expired": "Personne n'a pu décider à temps, et nous en sommes désolés : {matter}. J'ai"
        " transmis cela à un collègue, qui vous répondra ici.",
        "code_subject": "Votre code de confirmation",
        "code_by_mail": "par e-mail",
        "code_by_voice": "au téléphone",
        "code_by_chat": "dans notre chat",
        "code_letter": "Bonjour,\n\n"
        "quelqu'un qui s'adresse à {business} {where} indique que cette adresse est la sienne. Si c'est"
        " vous, voici le code :\n\n"
        "{code}\n\n"
        "Il est valable {minutes} minutes et une seule fois. Ne le donnez que dans la conversation où"
        " vous l'avez demandé. Aucun de nous ne vous appellera ni ne vous écrira jamais pour vous le"
        " demander.\n\n"
        "Si ce n'était pas vous, ignorez ce message : sans le code, personne ne peut voir quoi que ce"
        " soit de vous.\n\n"
        "{business}",
    }
)
