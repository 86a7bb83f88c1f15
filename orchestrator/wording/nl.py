"""What we say ourselves, in Dutch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Ik kan dit niet zelf oplossen, daarom heb ik uw vraag doorgegeven aan een"
        " collega. Die ziet alles wat u hebt geschreven en antwoordt hier.",
        "human_wanted": "Ik heb uw vraag doorgegeven aan een collega. Die ziet alles wat u hebt"
        " geschreven en antwoordt hier.",
        "desk_back": "Ons team is er weer op {when}; eerder kan niemand antwoorden.",
        "weekdays": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "moment": "{weekday} {at:%d-%m-%Y} om {at:%H:%M} uur (plaatselijke tijd, {place})",
        "leave_address": "Voor het geval u er dan niet meer bent: schrijf mij uw e-mailadres, dan komt"
        " het antwoord ook daar.",
        "goes_on": "Tot dan ben ik er voor al het andere.",
        "with_a_human": "Uw bericht ligt bij de collega die uw vraag behandelt; het antwoord komt hier.",
        "provider_down": "Ik kan nu geen antwoord geven, omdat onze assistent niet bereikbaar is. Uw"
        " bericht is bewaard en een collega antwoordt u hier.",
        "waiting": "Ik kan nu geen antwoord geven, omdat onze assistent niet bereikbaar is. Uw bericht"
        " is bewaard en u hoeft het niet opnieuw te schrijven: het antwoord volgt zo snel mogelijk. Ook"
        " mijn collega's kunnen het zien.",
        "waiting_call": "Het spijt me, ik heb nog geen antwoord, omdat onze assistent op dit moment niet"
        " bereikbaar is. Uw vraag is bewaard en mijn collega's kunnen haar zien. U kunt aan de lijn"
        " blijven of ophangen.",
        "waiting_call_mail": "Het spijt me, ik heb nog geen antwoord, omdat onze assistent op dit moment"
        " niet bereikbaar is. Uw vraag is bewaard en als u ophangt, komt het antwoord op uw e-mailadres.",
        "in_doubt": "Ik werd tijdens de uitvoering onderbroken en weet niet zeker of het gelukt is,"
        " daarom probeer ik het niet nog een keer. Een collega controleert het en antwoordt hier.",
        "not_finished": "Dit vraagt meer stappen dan ik in één keer kan doen, en ik ben nog niet klaar."
        " Zal ik doorgaan? Zeg het gewoon, of zeg mij wat voor u het belangrijkst is.",
        "encrypted": "Uw bericht kwam versleuteld bij ons aan en wij kunnen het hier niet openen."
        " Schrijf ons alstublieft nog een keer zonder versleuteling, of vraag om een telefoontje.",
        "colleague_checks": "Een collega bekijkt uw verzoek. U hoort de uitkomst zodra er is besloten;"
        " er is nog niets gedaan.",
        "colleague_checks_matter": "Een collega bekijkt {matter}. U hoort de uitkomst zodra er is"
        " besloten; er is nog niets gedaan.",
        "in_danger": "Goed dat u schrijft. Ik heb er een collega bij gehaald. Bent u of is iemand anders"
        " nu in gevaar, bel dan meteen 112 of het plaatselijke alarmnummer.",
        "deferred": "De automatische antwoorden van vandaag zijn op. Uw bericht is bewaard en wordt zo"
        " snel mogelijk beantwoord, uiterlijk morgen.",
        "answer_later": "Het antwoord duurt langer dan gewoonlijk. Uw bericht is bewaard en het antwoord"
        " volgt in dit gesprek.",
        "approval_matter": "uw verzoek",
        "approval_subject": "Over uw verzoek",
        "approval_done": "Bekeken, goedgekeurd en gedaan: {matter}.",
        "approval_failed": "Bekeken en goedgekeurd: {matter}. Het uitvoeren is echter niet gelukt; een"
        " collega zoekt het uit en antwoordt hier.",
        "approval_in_doubt": "Bekeken en goedgekeurd: {matter}. Ik werd tijdens de uitvoering"
        " onderbroken en weet niet zeker of het gelukt is, daarom probeer ik het niet nog een keer. Een"
        " collega controleert het en antwoordt hier.",
        "approval_denied": "Bekeken, maar helaas niet mogelijk: {matter}. Hebt u hier vragen over,"
        " schrijf ons dan gerust.",
        "approval_expired": "Het spijt ons dat niemand op tijd kon beslissen: {matter}. Ik heb het"
        " doorgegeven aan een collega, die u hier antwoordt.",
        "code_subject": "Uw bevestigingscode",
        "code_by_mail": "per e-mail",
        "code_by_voice": "aan de telefoon",
        "code_by_chat": "in onze chat",
        "code_letter": "Goedendag,\n\n"
        "iemand die contact heeft met {business} {where} zegt dat dit zijn of haar adres is. Bent u dat,"
        " dan is dit de code:\n\n"
        "{code}\n\n"
        "De code is {minutes} minuten geldig en kan één keer worden gebruikt. Geef hem alleen in het"
        " gesprek waarin u erom hebt gevraagd. Niemand van ons zal u ooit bellen of schrijven om ernaar"
        " te vragen.\n\n"
        "Was u het niet, dan kunt u deze e-mail negeren: zonder de code krijgt niemand iets van u te"
        " zien.\n\n"
        "{business}",
    }
)
