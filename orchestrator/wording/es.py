"""What we say ourselves, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "No puedo resolverlo yo, así que he pasado su consulta a un compañero del equipo,"
        " que ve todo lo que ha escrito y le responderá aquí.",
        "human_wanted": "He pasado su consulta a un compañero del equipo, que ve todo lo que ha escrito"
        " y le responderá aquí.",
        "desk_back": "Nuestro equipo vuelve el {when}; antes nadie puede responder.",
        "weekdays": "lunes martes miércoles jueves viernes sábado domingo",
        "moment": "{weekday} {at:%d/%m/%Y} a las {at:%H:%M} (hora local, {place})",
        "leave_address": "Por si ya no está aquí: escríbame su dirección de correo electrónico y la"
        " respuesta llegará también allí.",
        "goes_on": "Hasta entonces estoy aquí para todo lo demás.",
        "with_a_human": "Su mensaje lo tiene la persona del equipo que lleva su caso; la respuesta"
        " llegará aquí.",
        "provider_down": "Ahora mismo no puedo darle una respuesta porque nuestro asistente no está"
        " disponible. Su mensaje está guardado, y alguien del equipo le responderá aquí.",
        "waiting": "Ahora mismo no puedo darle una respuesta porque nuestro asistente no está"
        " disponible. Su mensaje está guardado y no hace falta que lo escriba otra vez: la respuesta"
        " llegará lo antes posible. Mis colegas también pueden verlo.",
        "waiting_call": "Lo siento, todavía no tengo respuesta, porque nuestro asistente no está"
        " disponible en este momento. Su pregunta está guardada y mis colegas pueden verla. Puede seguir"
        " al teléfono o colgar.",
        "waiting_call_mail": "Lo siento, todavía no tengo respuesta, porque nuestro asistente no está"
        " disponible en este momento. Su pregunta está guardada y, si cuelga, la respuesta llegará a su"
        " correo electrónico.",
        "in_doubt": "Me interrumpieron mientras lo hacía y no sé con certeza si ha funcionado, así que"
        " no lo intento otra vez. Alguien del equipo lo comprueba y le responderá aquí.",
        "not_finished": "Esto requiere más pasos de los que puedo dar de una vez, y todavía no he"
        " terminado. ¿Quiere que siga? Basta con decírmelo, o dígame qué es lo más importante para"
        " usted.",
        "encrypted": "Su mensaje nos llegó cifrado y aquí no podemos abrirlo. Por favor, escríbanos de"
        " nuevo sin cifrar o pida una llamada.",
        "colleague_checks": "Un compañero del equipo está revisando su solicitud. Le informaremos en"
        " cuanto se haya decidido; todavía no se ha hecho nada.",
        "colleague_checks_matter": "Un compañero del equipo está revisando {matter}. Le informaremos en"
        " cuanto se haya decidido; todavía no se ha hecho nada.",
        "in_danger": "Ha hecho bien en escribir. He avisado a una persona del equipo. Si usted u otra"
        " persona está en peligro en este momento, llame enseguida al 112 o al número de emergencias de"
        " su país.",
        "deferred": "Las respuestas automáticas de hoy se han agotado. Su mensaje está guardado y se"
        " responderá en cuanto sea posible, a más tardar mañana.",
        "answer_later": "La respuesta tarda más de lo habitual. Su mensaje está guardado, y la respuesta"
        " llegará en esta conversación.",
        "approval_matter": "su solicitud",
        "approval_subject": "Sobre su solicitud",
        "approval_done": "Revisado, aprobado y hecho: {matter}.",
        "approval_failed": "Revisado y aprobado: {matter}. Sin embargo, no se pudo llevar a cabo;"
        " alguien del equipo se ocupa y le responderá aquí.",
        "approval_in_doubt": "Revisado y aprobado: {matter}. Me interrumpieron mientras lo hacía y no sé"
        " con certeza si ha funcionado, así que no lo intento otra vez. Alguien del equipo lo comprueba"
        " y le responderá aquí.",
        "approval_denied": "Revisado, pero lamentablemente no es posible: {matter}. Si tiene preguntas"
        " al respecto, escríbanos.",
        "approval_expired": "Lamentamos que nadie haya podido decidir a tiempo: {matter}. Lo he pasado a"
        " una persona del equipo, que le responderá aquí.",
        "code_subject": "Su código de confirmación",
        "code_by_mail": "por correo electrónico",
        "code_by_voice": "por teléfono",
        "code_by_chat": "en nuestro chat",
        "code_letter": "Buenos días:\n\n"
        "Alguien que se comunica con {business} {where} dice que esta dirección es suya. Si es usted,"
        " este es el código:\n\n"
        "{code}\n\n"
        "Es válido durante {minutes} minutos y una sola vez. Dígalo solo en la conversación en la que lo"
        " pidió. Nadie de nuestro equipo le llamará ni le escribirá nunca para pedírselo.\n\n"
        "Si no fue usted, no haga caso de este correo: sin el código nadie puede ver nada suyo.\n\n"
        "{business}",
    }
)
