"""How German text is prepared for speech, case by case."""

from __future__ import annotations

import pytest

from channels.voice.speaking.spoken.prepare import spoken

NOUNS = frozenset({"bestell*", "Bestellung"})

CASES = [
    # numbers that are names
    ("Ihre Bestellung 1042 ist unterwegs.", "Ihre Bestellung 1 0 4 2 ist unterwegs."),
    ("Bestellung #1042", "Bestellung 1 0 4 2"),
    ("#1042", "Nummer 1 0 4 2"),
    ("Nr. 1042", "Nummer 1 0 4 2"),
    ("Bestellung Nr. 1042", "Bestellung Nummer 1 0 4 2"),
    ("Bestellnummer: 1042", "Bestellnummer: 1 0 4 2"),
    ("Bestellungen 1042, 1043 und 1044", "Bestellungen 1 0 4 2, 1 0 4 3 und 1 0 4 4"),
    ("Ticket T-1001", "Ticket T 1 0 0 1"),
    ("Rückruf C-1001", "Rückruf C 1 0 0 1"),
    ("Erstattung R-1001", "Erstattung R 1 0 0 1"),
    ("A-1001", "A 1 0 0 1"),
    ("Ihr Code lautet 482913.", "Ihr Code lautet 4 8 2, 9 1 3."),
    ("Sendung 00340434161094042557", "Sendung 0 0 3 4, 0 4 3 4, 1 6 1 0, 9 4 0 4, 2 5 5 7"),
    ("Kundennummer 20391", "Kundennummer 2 0 3 9 1"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN D E 8 9, 3 7 0 4, 0 0 4 4, 0 5 3 2, 0 1 3 0, 0 0"),
    ("Hauptstr. 5, 10115 Berlin", "Hauptstraße 5, 1 0 1 1 5 Berlin"),
    ("Rufen Sie bitte sofort die 112 an.", "Rufen Sie bitte sofort die 1 1 2 an."),
    # quantities
    ("Wir haben 1042 Kunden.", "Wir haben 1042 Kunden."),
    ("1.234 Stück", "1234 Stück"),
    ("1.234,5", "1234,5"),
    ("Rückruf 20 Minuten später", "Rückruf 20 Minuten später"),
    # money
    ("84.50 EUR", "84 Euro 50"),
    ("84,50 €", "84 Euro 50"),
    ("1.234,56 €", "1234 Euro 56"),
    ("1 Euro", "ein Euro"),
    ("1,00 EUR", "ein Euro"),
    ("0,05 EUR", "5 Cent"),
    ("5–10 €", "5 bis 10 Euro"),
    ("1,5 Mio. €", "1,5 Millionen Euro"),
    ("129,00 USD", "129 Dollar"),
    ("CHF 12.05", "12 Franken 5"),
    ("99,- €", "99 Euro"),
    ("5 GBP", "5 Pfund"),
    ("1 SEK", "eine schwedische Krone"),
    ("250 SEK", "250 schwedische Kronen"),
    ("-5,00 €", "minus 5 Euro"),
    ("Das macht 84,50 €.", "Das macht 84 Euro 50."),
    ("12 Franken", "12 Franken"),
    # dates
    ("2026-11-24", "vierundzwanzigster November 2026"),
    ("am 2026-11-24", "am vierundzwanzigsten November 2026"),
    ("24.11.2026", "vierundzwanzigster November 2026"),
    ("am 24.11.2026", "am vierundzwanzigsten November 2026"),
    ("am 24.11.26", "am vierundzwanzigsten November 2026"),
    ("am 24.11.", "am vierundzwanzigsten November."),
    ("am 24.11. oder später", "am vierundzwanzigsten November oder später"),
    ("24. November", "vierundzwanzigster November"),
    ("der 24. November", "der vierundzwanzigste November"),
    ("am 1. Mai 2027", "am ersten Mai 2027"),
    ("bis 24.11.2026", "bis zum vierundzwanzigsten November 2026"),
    ("ab 3. Dezember", "ab dem dritten Dezember"),
    ("zum 31.12.2026", "zum einunddreißigsten Dezember 2026"),
    ("am 7. Juli", "am siebten Juli"),
    ("am Dienstag, 24. November", "am Dienstag, dem vierundzwanzigsten November"),
    ("am Dienstag, den 24. November", "am Dienstag, den vierundzwanzigsten November"),
    ("Di., 24.11. um 9 Uhr", "Dienstag, vierundzwanzigster November um 9 Uhr"),
    ("vom 24.–26. November", "vom vierundzwanzigsten bis sechsundzwanzigsten November"),
    ("am 2026-11-24T14:30:00Z", "am vierundzwanzigsten November 2026 um 14 Uhr 30 U.T.C."),
    ("Am 3. und 4. Mai", "Am dritten und vierten Mai"),
    ("vom 3. bis zum 4. Mai", "vom dritten bis vierten Mai"),
    ("Der 3. Tag", "Der dritte Tag"),
    ("im 2. Stock", "im zweiten Stock"),
    ("Kapitel 3.2.", "Kapitel 3.2."),
    # times
    ("14:30", "14 Uhr 30"),
    ("14:30 Uhr", "14 Uhr 30"),
    ("14.30 Uhr", "14 Uhr 30"),
    ("14:00 Uhr", "14 Uhr"),
    ("9–17 Uhr", "9 bis 17 Uhr"),
    ("9:00–17:30 Uhr", "9 Uhr bis 17 Uhr 30"),
    ("09:05", "9 Uhr 5"),
    ("1 Uhr", "ein Uhr"),
    ("Mo–Fr 9–17 Uhr", "Montag bis Freitag 9 bis 17 Uhr"),
    ("Mo.-Fr. 9–17 Uhr", "Montag bis Freitag 9 bis 17 Uhr"),
    ("Sa: 10-14 Uhr", "Samstag: 10 bis 14 Uhr"),
    # phones
    ("+49 30 1234567", "plus 4 9, 3 0, 1 2 3, 4 5 6 7"),
    ("030/1234567", "0 3 0, 1 2 3, 4 5 6 7"),
    ("Tel. 0800 123 4567", "Telefon 0 8 0 0, 1 2 3, 4 5 6 7"),
    # measures
    ("20 %", "20 Prozent"),
    ("19,5 %", "19,5 Prozent"),
    ("19.5 %", "19,5 Prozent"),
    ("3–5 Tage", "3 bis 5 Tage"),
    ("5 km", "5 Kilometer"),
    ("1 kg", "ein Kilogramm"),
    ("1 Std. warten", "eine Stunde warten"),
    ("20 °C", "20 Grad Celsius"),
    ("2 x Tasse", "2 mal Tasse"),
    # short forms and acronyms
    ("z. B. dies", "zum Beispiel dies"),
    ("z.B. dies", "zum Beispiel dies"),
    ("d. h. heute", "das heißt heute"),
    ("ca. 5 Tage", "circa 5 Tage"),
    ("Tassen, Teller usw.", "Tassen, Teller und so weiter."),
    ("Dr. Müller und Fr. Schmidt", "Doktor Müller und Frau Schmidt"),
    ("Hr. Meier", "Herr Meier"),
    ("inkl. MwSt. und Versand", "inklusive Mehrwertsteuer und Versand"),
    ("bzw. morgen", "beziehungsweise morgen"),
    ("Art.-Nr. 20391", "Artikelnummer 20391"),
    ("unsere AGB", "unsere A G B"),
    ("mit DHL in die EU", "mit D H L in die E U"),
    ("Teil II", "Teil II"),
    ("Öl & Essig", "Öl und Essig"),
    # addresses
    ("ada@example.com", "ada ät example Punkt com"),
    ("ada.b@firma.de", "ada Punkt b ät firma Punkt d e"),
    ("https://www.example.de/hilfe", "example Punkt d e Schrägstrich hilfe"),
    ("example.com", "example Punkt com"),
    # nothing to do
    ("Guten Tag, wie kann ich helfen?", "Guten Tag, wie kann ich helfen?"),
]


@pytest.mark.parametrize(("written", "said"), CASES, ids=[written for written, _ in CASES])
def test_text_becomes_what_a_voice_says(written: str, said: str) -> None:
    assert spoken(written, "de", nouns=NOUNS) == said


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 80
