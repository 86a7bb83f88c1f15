"""What we say ourselves, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "I can't settle this myself, so I have passed your conversation on to a colleague."
        " They see everything you wrote and will answer here.",
        "human_wanted": "I have passed your conversation on to a colleague. They see everything you"
        " wrote and will answer here.",
        "desk_back": "Our team is back on {when}; nobody can answer before that.",
        "weekdays": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "moment": "{weekday}, {at.day} {at:%B %Y} at {at:%H:%M} ({place} time)",
        "leave_address": "In case you have left by then: write me your e-mail address, and the answer"
        " goes there too.",
        "goes_on": "Until then I am here for everything else.",
        "with_a_human": "Your message is with the colleague who has your case; they will answer here.",
        "provider_down": "I can't work out an answer right now because the assistant is not reachable."
        " Your message is safe, and a colleague will answer here.",
        "waiting": "I can't work out an answer right now, because our assistant can't be reached. Your"
        " message is safe and you needn't write it again: the answer follows as soon as possible. My"
        " colleagues can see your message too.",
        "waiting_call": "I am sorry, I have no answer yet, because our assistant can't be reached at the"
        " moment. Your question is safe, and my colleagues can see it. You may stay on the line, or hang"
        " up.",
        "waiting_call_mail": "I am sorry, I have no answer yet, because our assistant can't be reached"
        " at the moment. Your question is safe, and if you hang up, the answer comes to your e-mail"
        " address.",
        "in_doubt": "I was interrupted while carrying this out and can't be sure that it worked, so I"
        " don't try again. A colleague checks it and will answer here.",
        "not_finished": "This takes more steps than I can make in one go, and I am not through yet."
        " Shall I go on? Then just say so, or tell me what matters most to you.",
        "encrypted": "Your message reached us encrypted, and we can't open it here. Please write to us"
        " again without encryption, or ask for a call.",
        "colleague_checks": "A colleague is checking your request. You will get the outcome as soon as"
        " they have decided; nothing has been done yet.",
        "colleague_checks_matter": "A colleague is checking {matter}. You will get the outcome as soon"
        " as they have decided; nothing has been done yet.",
        "in_danger": "I am glad you wrote. I have called a colleague to you. If you or someone else is"
        " in danger right now, please call 112 or your local emergency number at once.",
        "deferred": "Today's automatic answers are used up. Your message is safe and will be answered as"
        " soon as there is room again, at the latest tomorrow.",
        "answer_later": "Working out the answer takes longer than usual. Your message is safe, and the"
        " answer will follow in this conversation.",
        "approval_matter": "your request",
        "approval_subject": "About your request",
        "approval_done": "A colleague has approved {matter}, and it is done.",
        "approval_failed": "A colleague has approved {matter}, but it could not be carried out. Somebody"
        " from the team looks into it and will answer here.",
        "approval_in_doubt": "A colleague has approved {matter}. I was interrupted while carrying it out"
        " and can't be sure that it worked, so I don't try again. Somebody from the team checks it and"
        " will answer here.",
        "approval_denied": "A colleague has looked into {matter}, and we are sorry: we can't do it. If"
        " you have questions about this, just write to us.",
        "approval_expired": "Nobody could decide in time on {matter}, which we are sorry for. I have"
        " passed it on to a colleague, who will answer here.",
        "code_subject": "Your confirmation code",
        "code_by_mail": "by e-mail",
        "code_by_voice": "on the phone",
        "code_by_chat": "in our chat",
        "code_letter": "Hello,\n\n"
        "somebody who writes to {business} {where} says that this address is theirs. If that is you,"
        " this is the code:\n\n"
        "{code}\n\n"
        "It is valid for {minutes} minutes and can be used once. Give it only in that conversation,"
        " where you asked for it. None of us will ever call you or write to you to ask for it.\n\n"
        "If it was not you, ignore this mail: without the code nobody gets to see anything of yours.\n\n"
        "{business}",
    }
)
