"""What we say ourselves, in German."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Das kann ich nicht selbst klären, deshalb habe ich Ihr Anliegen an eine Kollegin"
        " oder einen Kollegen weitergegeben. Dort ist alles zu sehen, was Sie geschrieben haben; die"
        " Antwort kommt hier.",
        "human_wanted": "Ich habe Ihr Anliegen an eine Kollegin oder einen Kollegen weitergegeben. Dort"
        " ist alles zu sehen, was Sie geschrieben haben; die Antwort kommt hier.",
        "desk_back": "Unser Team ist wieder da am {when}; vorher kann niemand antworten.",
        "weekdays": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "moment": "{weekday}, {at:%d.%m.%Y} um {at:%H:%M} Uhr (Ortszeit {place})",
        "leave_address": "Falls Sie dann nicht mehr hier sind: Schreiben Sie mir Ihre E-Mail-Adresse,"
        " dann geht die Antwort auch dorthin.",
        "goes_on": "Bis dahin bin ich für alles andere da.",
        "with_a_human": "Ihre Nachricht liegt der Kollegin oder dem Kollegen vor, die Ihr Anliegen"
        " bearbeiten; die Antwort kommt hier.",
        "provider_down": "Ich kann gerade keine Antwort ausarbeiten, weil der Assistent nicht erreichbar"
        " ist. Ihre Nachricht ist sicher gespeichert, und jemand aus dem Team wird hier antworten.",
        "waiting": "Ich kann gerade keine Antwort ausarbeiten, weil unser Assistent nicht erreichbar"
        " ist. Ihre Nachricht ist sicher gespeichert, und Sie müssen sie nicht noch einmal schreiben:"
        " Die Antwort folgt so bald wie möglich. Auch das Team kann Ihre Nachricht sehen.",
        "waiting_call": "Es tut mir leid, ich habe noch keine Antwort, weil unser Assistent gerade nicht"
        " erreichbar ist. Ihre Frage ist gespeichert, und das Team kann sie sehen. Sie können in der"
        " Leitung bleiben oder auflegen.",
        "waiting_call_mail": "Es tut mir leid, ich habe noch keine Antwort, weil unser Assistent gerade"
        " nicht erreichbar ist. Ihre Frage ist gespeichert, und wenn Sie auflegen, kommt die Antwort an"
        " Ihre E-Mail-Adresse.",
        "in_doubt": "Ich wurde bei der Ausführung unterbrochen und weiß nicht sicher, ob es geklappt"
        " hat; deshalb versuche ich es nicht noch einmal. Jemand aus dem Team prüft es und antwortet"
        " hier.",
        "not_finished": "Das braucht mehr Schritte, als ich auf einmal machen kann, und ich bin noch"
        " nicht fertig. Soll ich weitermachen? Schreiben Sie es mir einfach, oder sagen Sie mir, was"
        " Ihnen am wichtigsten ist.",
        "encrypted": "Ihre Nachricht kam verschlüsselt an, und wir können sie hier nicht öffnen. Bitte"
        " schreiben Sie uns noch einmal unverschlüsselt, oder bitten Sie um einen Anruf.",
        "colleague_checks": "Eine Kollegin oder ein Kollege prüft gerade Ihre Anfrage. Sie bekommen"
        " Bescheid, sobald entschieden ist; bis dahin ist noch nichts geschehen.",
        "colleague_checks_matter": "Eine Kollegin oder ein Kollege prüft gerade {matter}. Sie bekommen"
        " Bescheid, sobald entschieden ist; bis dahin ist noch nichts geschehen.",
        "in_danger": "Gut, dass Sie schreiben. Ich habe eine Kollegin oder einen Kollegen dazugeholt."
        " Wenn Sie oder jemand anderes gerade in Gefahr ist, rufen Sie bitte sofort die 112 an.",
        "deferred": "Die automatischen Antworten für heute sind aufgebraucht. Ihre Nachricht ist sicher"
        " gespeichert und wird beantwortet, sobald wieder Platz ist, spätestens morgen.",
        "answer_later": "Die Antwort dauert länger als sonst. Ihre Nachricht ist sicher gespeichert, und"
        " die Antwort folgt in dieser Unterhaltung.",
        "approval_matter": "Ihr Anliegen",
        "approval_subject": "Zu Ihrem Anliegen",
        "approval_done": "Geprüft, genehmigt und erledigt: {matter}.",
        "approval_failed": "Geprüft und genehmigt: {matter}. Die Ausführung hat aber nicht geklappt;"
        " jemand aus dem Team kümmert sich darum und antwortet hier.",
        "approval_in_doubt": "Geprüft und genehmigt: {matter}. Ich wurde bei der Ausführung unterbrochen"
        " und weiß nicht sicher, ob es geklappt hat; deshalb versuche ich es nicht noch einmal. Jemand"
        " aus dem Team prüft es und antwortet hier.",
        "approval_denied": "Geprüft, aber leider nicht möglich: {matter}. Wenn Sie dazu Fragen haben,"
        " schreiben Sie uns einfach.",
        "approval_expired": "Darüber konnte leider noch niemand entscheiden: {matter}. Ich habe es an"
        " eine Kollegin oder einen Kollegen weitergegeben; die Antwort kommt hier.",
        "code_subject": "Ihr Bestätigungscode",
        "code_by_mail": "per E-Mail",
        "code_by_voice": "am Telefon",
        "code_by_chat": "in unserem Chat",
        "code_letter": "Guten Tag,\n\n"
        "jemand schreibt {business} {where} und gibt diese Adresse als die eigene an. Wenn Sie das sind,"
        " ist dies der Code:\n\n"
        "{code}\n\n"
        "Er gilt {minutes} Minuten und nur einmal. Nennen Sie ihn nur in dem Gespräch, in dem Sie ihn"
        " verlangt haben. Niemand von uns wird Sie je anrufen oder anschreiben, um danach zu fragen.\n\n"
        "Wenn Sie das nicht waren, beachten Sie diese Mail nicht: Ohne den Code bekommt niemand etwas"
        " von Ihnen zu sehen.\n\n"
        "{business}",
    }
)
