"""What we say ourselves, in Polish."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Nie mogę załatwić tego samodzielnie, dlatego sprawa trafiła do osoby z naszego"
        " zespołu. Widzi ona wszystko, co zostało napisane, i odpowie tutaj.",
        "human_wanted": "Sprawa trafiła do osoby z naszego zespołu. Widzi ona wszystko, co zostało"
        " napisane, i odpowie tutaj.",
        "desk_back": "Nasz zespół będzie znów dostępny: {when}; wcześniej nikt nie może odpowiedzieć.",
        "weekdays": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        "moment": "{weekday}, {at:%d.%m.%Y}, godz. {at:%H:%M} (czas lokalny, {place})",
        "leave_address": "Na wypadek zakończenia rozmowy przed tą chwilą: proszę podać adres e-mail, a"
        " odpowiedź przyjdzie także tam.",
        "goes_on": "Do tego czasu jestem tu we wszystkich innych sprawach.",
        "with_a_human": "Wiadomość jest u osoby, która prowadzi tę sprawę; odpowiedź pojawi się tutaj.",
        "provider_down": "Nie mogę teraz odpowiedzieć, ponieważ nasz asystent jest nieosiągalny."
        " Wiadomość jest bezpiecznie zapisana, a ktoś z zespołu odpowie tutaj.",
        "waiting": "Nie mogę teraz odpowiedzieć, ponieważ nasz asystent jest nieosiągalny. Wiadomość"
        " jest bezpiecznie zapisana i nie trzeba pisać jej ponownie: odpowiedź nadejdzie najszybciej,"
        " jak to możliwe. Zespół również ją widzi.",
        "waiting_call": "Przepraszam, nie mam jeszcze odpowiedzi, ponieważ nasz asystent jest w tej"
        " chwili nieosiągalny. Pytanie jest zapisane i zespół je widzi. Można pozostać na linii albo się"
        " rozłączyć.",
        "waiting_call_mail": "Przepraszam, nie mam jeszcze odpowiedzi, ponieważ nasz asystent jest w tej"
        " chwili nieosiągalny. Pytanie jest zapisane, a po rozłączeniu odpowiedź przyjdzie na adres"
        " e-mail.",
        "in_doubt": "Wykonanie zostało przerwane i nie mam pewności, czy się udało, dlatego nie próbuję"
        " ponownie. Ktoś z zespołu to sprawdzi i odpowie tutaj.",
        "not_finished": "To wymaga więcej kroków, niż mogę wykonać za jednym razem, i jeszcze nie"
        " skończyłem. Czy mam kontynuować? Wystarczy to napisać albo powiedzieć, co jest najważniejsze.",
        "encrypted": "Wiadomość dotarła do nas zaszyfrowana i nie możemy jej tu otworzyć. Prosimy"
        " napisać do nas ponownie bez szyfrowania albo poprosić o telefon.",
        "colleague_checks": "Osoba z zespołu sprawdza tę prośbę. Damy znać, gdy tylko zapadnie decyzja;"
        " na razie nic nie zostało zrobione.",
        "colleague_checks_matter": "Osoba z zespołu sprawdza: {matter}. Damy znać, gdy tylko zapadnie"
        " decyzja; na razie nic nie zostało zrobione.",
        "in_danger": "Dobrze, że ta wiadomość do nas dotarła. Osoba z zespołu została wezwana. Jeśli"
        " komuś grozi w tej chwili niebezpieczeństwo, proszę od razu zadzwonić pod numer 112 lub lokalny"
        " numer alarmowy.",
        "deferred": "Dzisiejsze automatyczne odpowiedzi się wyczerpały. Wiadomość jest zapisana i"
        " otrzyma odpowiedź najszybciej, jak to możliwe, najpóźniej jutro.",
        "answer_later": "Odpowiedź trwa dłużej niż zwykle. Wiadomość jest bezpiecznie zapisana, a"
        " odpowiedź pojawi się w tej rozmowie.",
        "approval_matter": "zgłoszona prośba",
        "approval_subject": "W sprawie zgłoszonej prośby",
        "approval_done": "Sprawdzone, zatwierdzone i wykonane: {matter}.",
        "approval_failed": "Sprawdzone i zatwierdzone: {matter}. Wykonanie jednak się nie udało; ktoś z"
        " zespołu się tym zajmie i odpowie tutaj.",
        "approval_in_doubt": "Sprawdzone i zatwierdzone: {matter}. Wykonanie zostało przerwane i nie mam"
        " pewności, czy się udało, dlatego nie próbuję ponownie. Ktoś z zespołu to sprawdzi i odpowie"
        " tutaj.",
        "approval_denied": "Sprawdzone, ale niestety niemożliwe: {matter}. W razie pytań prosimy po"
        " prostu do nas napisać.",
        "approval_expired": "Przepraszamy, nikt nie mógł zdecydować na czas: {matter}. Sprawa trafiła do"
        " osoby z zespołu, która odpowie tutaj.",
        "code_subject": "Kod potwierdzający",
        "code_by_mail": "przez e-mail",
        "code_by_voice": "przez telefon",
        "code_by_chat": "na naszym czacie",
        "code_letter": "Dzień dobry,\n\n"
        "ktoś, kto kontaktuje się z {business} {where}, podaje ten adres jako swój. Jeśli to prawda, oto"
        " kod:\n\n"
        "{code}\n\n"
        "Jest ważny {minutes} minut i można go użyć tylko raz. Prosimy podać go wyłącznie w rozmowie, w"
        " której o niego poproszono. Nikt z nas nigdy nie zadzwoni ani nie napisze, aby o niego zapytać.\n\n"
        "Jeśli to pomyłka, prosimy zignorować ten e-mail: bez kodu nikt nie zobaczy żadnych danych.\n\n"
        "{business}",
    }
)
