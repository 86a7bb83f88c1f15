"""What we say ourselves, in Italian."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Non posso risolverlo da solo, perciò ho passato la sua richiesta a una persona"
        " del team, che vede tutto ciò che ha scritto e le risponderà qui.",
        "human_wanted": "Ho passato la sua richiesta a una persona del team, che vede tutto ciò che ha"
        " scritto e le risponderà qui.",
        "desk_back": "Il nostro team torna {when}; prima nessuno può rispondere.",
        "weekdays": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "moment": "{weekday} {at:%d/%m/%Y} alle {at:%H:%M} (ora locale, {place})",
        "leave_address": "Nel caso in cui non fosse più qui: mi scriva il suo indirizzo e-mail e la"
        " risposta arriverà anche lì.",
        "goes_on": "Fino ad allora sono qui per tutto il resto.",
        "with_a_human": "Il suo messaggio è presso la persona del team che segue il suo caso; la"
        " risposta arriverà qui.",
        "provider_down": "Al momento non posso rispondere perché il nostro assistente non è"
        " raggiungibile. Il suo messaggio è al sicuro e una persona del team le risponderà qui.",
        "waiting": "Al momento non posso rispondere perché il nostro assistente non è raggiungibile. Il"
        " suo messaggio è al sicuro e non serve scriverlo di nuovo: la risposta arriverà appena"
        " possibile. Anche i miei colleghi possono vederlo.",
        "waiting_call": "Mi dispiace, non ho ancora una risposta, perché il nostro assistente al momento"
        " non è raggiungibile. La sua domanda è al sicuro e i miei colleghi possono vederla. Può restare"
        " in linea o riagganciare.",
        "waiting_call_mail": "Mi dispiace, non ho ancora una risposta, perché il nostro assistente al"
        " momento non è raggiungibile. La sua domanda è al sicuro e, se riaggancia, la risposta arriverà"
        " al suo indirizzo e-mail.",
        "in_doubt": "Sono stato interrotto durante l'operazione e non so con certezza se sia riuscita,"
        " perciò non la ripeto. Una persona del team verifica e le risponderà qui.",
        "not_finished": "Servono più passaggi di quanti io ne possa fare in una volta, e non ho ancora"
        " finito. Devo continuare? Basta dirmelo, oppure mi dica che cosa conta di più per lei.",
        "encrypted": "Il suo messaggio ci è arrivato cifrato e qui non possiamo aprirlo. La preghiamo di"
        " scriverci di nuovo senza cifratura o di chiedere una telefonata.",
        "colleague_checks": "Una persona del team sta esaminando la sua richiesta. Le faremo sapere"
        " appena avrà deciso; per ora non è stato fatto nulla.",
        "colleague_checks_matter": "Una persona del team sta esaminando {matter}. Le faremo sapere"
        " appena avrà deciso; per ora non è stato fatto nulla.",
        "in_danger": "Ha fatto bene a scrivere. Ho chiamato una persona del team. Se lei o qualcun altro"
        " è in pericolo in questo momento, chiami subito il 112 o il numero di emergenza locale.",
        "deferred": "Le risposte automatiche di oggi sono esaurite. Il suo messaggio è al sicuro e"
        " riceverà risposta appena possibile, al più tardi domani.",
        "answer_later": "La risposta richiede più tempo del solito. Il suo messaggio è al sicuro e la"
        " risposta arriverà in questa conversazione.",
        "approval_matter": "la sua richiesta",
        "approval_subject": "Riguardo alla sua richiesta",
        "approval_done": "Esaminato, approvato e fatto: {matter}.",
        "approval_failed": "Esaminato e approvato: {matter}. L'esecuzione però non è riuscita; una"
        " persona del team se ne occupa e le risponderà qui.",
        "approval_in_doubt": "Esaminato e approvato: {matter}. Sono stato interrotto durante"
        " l'esecuzione e non so con certezza se sia riuscita, perciò non la ripeto. Una persona del team"
        " verifica e le risponderà qui.",
        "approval_denied": "Esaminato, ma purtroppo non è possibile: {matter}. Se ha domande in"
        " proposito, ci scriva pure.",
        "approval_expired": "Ci dispiace che nessuno abbia potuto decidere in tempo: {matter}. L'ho"
        " passato a una persona del team, che le risponderà qui.",
        "code_subject": "Il suo codice di conferma",
        "code_by_mail": "per e-mail",
        "code_by_voice": "al telefono",
        "code_by_chat": "nella nostra chat",
        "code_letter": "Buongiorno,\n\n"
        "qualcuno che si rivolge a {business} {where} dice che questo indirizzo è il suo. Se è lei,"
        " questo è il codice:\n\n"
        "{code}\n\n"
        "È valido per {minutes} minuti e una sola volta. Lo comunichi soltanto nella conversazione in"
        " cui l'ha chiesto. Nessuno di noi la chiamerà o le scriverà mai per chiederglielo.\n\n"
        "Se non è stato lei, ignori questa e-mail: senza il codice nessuno può vedere nulla di suo.\n\n"
        "{business}",
    }
)
