"""Absence notices that carry no header saying so: the subject alone is never enough."""

from __future__ import annotations

import re

from channels.mail.mime.headers import Headers

_SUBJECT = re.compile(
    r"(?i)^\s*(?:(?:auto(?:matic|mated)?|out[ -]of[ -](?:the[ -])?office)[ -]?(?:reply|response|"
    r"answer|message|"
    r"auto-?reply|notification)?\s*(?:[:：\]–-]|re:|$)|\[?auto[- ]?reply|auto ?re:|autoreply|"
    r"ooo\b|vacation (?:reply|response|notice)|away from (?:the|my) (?:office|mail|desk)|"
    r"automatische? antwort|abwesenheits?(?:notiz|nachricht|meldung|assistent|benachrichtigung)|"
    r"abwesend\b|nicht im (?:büro|haus)|réponse automatique|(?:message d')?absence(?: du bureau)?\s*[:：]|"
    r"absent du bureau|respuesta automática|(?:mensaje de )?fuera de (?:la )?oficina|"
    r"ausencia (?:de|temporal)|risposta automatica|fuori (?:ufficio|sede)|automatisch antwoord|"
    r"afwezig(?:heidsbericht|heid)?\b|niet aanwezig|resposta automática|ausência temporária|"
    r"fora do escritório|"
    r"autosvar|automatiskt svar|automatisk svar|frånvaro|fravær|ikke til stede|ikke på kontoret|"
    r"automaattinen vastaus|poissa(?: toimistosta)?\b|odpowiedź automatyczna|automatyczna odpowiedź|"
    r"nieobecność|poza biurem|automatická odpověď|automatická odpoveď|nepřítomnost|mimo kancelář|"
    r"automatikus válasz|házon kívül|răspuns automat|автоматический ответ|автоответ|нет на месте|"
    r"автоматична відповідь|otomatik yanıt|ofis dışında|αυτόματη απάντηση|εκτός γραφείου|"
    r"自动(?:回复|答复)|自動回覆|自動返信|自動応答|不在(?:通知|のお知らせ)|자동 ?(?:회신|응답)|부재중|"
    r"balasan otomatis|trả lời tự động|תשובה אוטומטית|הודעת היעדרות|رد تلقائي|خارج المكتب)"
)
_BODY = re.compile(
    r"(?i)(?:i am|i'm|i will be|i'll be|i’m|i’ll be) (?:currently |presently |now )?"
    r"(?:out of (?:the )?office|away|on (?:vacation|holiday|leave|annual leave|maternity|parental|"
    r"sick)|travell?ing)|"
    r"(?:limited|no|intermittent|sporadic) access to (?:my )?(?:e-?mails?|mail)|"
    r"(?:will|shall) (?:reply|respond|answer|get back|be back|return)[^.\n]{0,60}(?:return|when i|"
    r"back|on \w+day|until)|"
    r"automatic(?:ally)? (?:generated )?(?:reply|response)|this is an automat|"
    r"(?:bin|befinde mich|ich bin)[^.\n]{0,60}(?:nicht im (?:büro|haus)|abwesend|im urlaub|"
    r"außer haus|erst wieder)|"
    r"(?:je suis|je serai)[^.\n]{0,60}(?:absente?|en congés?|en vacances|hors du bureau)|"
    r"(?:estoy|estaré)[^.\n]{0,60}(?:fuera de la oficina|de vacaciones|ausente)|"
    r"(?:sono|sarò)[^.\n]{0,60}(?:fuori ufficio|assente|in ferie)|"
    r"(?:ik ben|ben ik)[^.\n]{0,60}(?:afwezig|niet aanwezig|met vakantie|niet op kantoor)|"
    r"(?:estou|estarei)[^.\n]{0,60}(?:fora do escritório|ausente|de férias)|"
    r"(?:jag är|jeg er)[^.\n]{0,60}(?:inte på kontoret|ikke på kontoret|på semester|på ferie|"
    r"bortrest|fraværende)|"
    r"(?:jestem|będę)[^.\n]{0,60}(?:nieobecn|na urlopie|poza biurem)|"
    r"(?:я )?(?:нахожусь|буду)[^.\n]{0,60}(?:в отпуске|отсутств)|izinliyim|yıllık izin|不在オフィス|"
    r"不在にしており|休假|出差"
)


def is_out_of_office(headers: Headers, subject: str, text: str) -> bool:
    """A subject of absence notices, and one more sign: an answer to something, or the words for it.

    "Out of office furniture order" is neither; "Re: Automatic reply: …" is a human's answer to one.
    """
    if not _SUBJECT.match(subject):
        return False
    answers = headers.has("in-reply-to", "references")
    return answers or _BODY.search(text[:4_000]) is not None
