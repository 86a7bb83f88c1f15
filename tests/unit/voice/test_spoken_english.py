"""How English text is prepared for speech, case by case."""

from __future__ import annotations

import pytest

from channels.voice.speaking.spoken.prepare import spoken

NOUNS = frozenset({"order*", "order"})

CASES = [
    # order ids and other numbers that are names
    ("Your order 1042 is on its way.", "Your order 1 0 4 2 is on its way."),
    ("Order #1042: shipped", "Order 1 0 4 2: shipped"),
    ("#1042", "number 1 0 4 2"),
    ("order no. 1042", "order number 1 0 4 2"),
    ("Order number: 1042", "Order number: 1 0 4 2"),
    ("orders 1042, 1043 and 1044", "orders 1 0 4 2, 1 0 4 3 and 1 0 4 4"),
    ("order (1042)", "order (1 0 4 2)"),
    ("ticket T-1001", "ticket T 1 0 0 1"),
    ("callback C-1001 and refund R-1001", "callback C 1 0 0 1 and refund R 1 0 0 1"),
    ("A-1001", "A. 1 0 0 1"),
    ("Your code is 482913.", "Your code is 4 8 2, 9 1 3."),
    ("order 0042", "order 0 0 4 2"),
    ("invoice INV-2026-0042", "invoice I N V 2 0 2 6, 0 0 4 2"),
    ("COVID-19", "COVID 19"),
    ("SKU-123", "S K U 1 2 3"),
    ("tracking number 1Z999AA10123456784", "tracking number 1 Z 9, 9 9 A, A. 1 0, 1 2 3, 4 5 6, 7 8 4"),
    ("Tracking 00340434161094042557", "Tracking 0 0 3 4, 0 4 3 4, 1 6 1 0, 9 4 0 4, 2 5 5 7"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN D E 8 9, 3 7 0 4, 0 0 4 4, 0 5 3 2, 0 1 3 0, 0 0"),
    ("ID 1042", "ID 1 0 4 2"),
    ("case 12 is closed", "case 1 2 is closed"),
    ("please call 112 at once", "please call 1 1 2 at once"),
    # numbers that are quantities
    ("We have 1042 orders.", "We have 1042 orders."),
    ("order 20 items", "order 20 items"),
    ("return within 14 days", "return within 14 days"),
    ("refund 20 EUR", "refund 20 euros"),
    ("1,000,000 visitors", "1000000 visitors"),
    ("Version 1.2.3 is out", "Version 1.2.3 is out"),
    ("about 3.5 on average", "about 3.5 on average"),
    # money
    ("84.50 EUR", "84 euros and 50 cents"),
    ("84 EUR", "84 euros"),
    ("1 EUR", "1 euro"),
    ("1.01 EUR", "1 euro and 1 cent"),
    ("129.00 USD", "129 dollars"),
    ("$129.99", "129 dollars and 99 cents"),
    ("US$5", "5 dollars"),
    ("€5", "5 euros"),
    ("£0.50", "50 pence"),
    ("£0.01", "1 penny"),
    ("5.50 GBP", "5 pounds and 50 pence"),
    ("1 CHF", "1 Swiss franc"),
    ("1'234.50 CHF", "1234 Swiss francs and 50 centimes"),
    ("SEK 250.00", "250 Swedish kronor"),
    ("99.90 PLN", "99 zlotys and 90 grosz"),
    ("¥500", "500 yen"),
    ("1.234,56 €", "1234 euros and 56 cents"),
    ("$1,234.56", "1234 dollars and 56 cents"),
    ("84.50 euros", "84 euros and 50 cents"),
    ("€1.5 million", "1.5 million euros"),
    ("-5.00 EUR", "minus 5 euros"),
    ("5–10 €", "5 to 10 euros"),
    ("a total of 84.50 EUR.", "a total of 84 euros and 50 cents."),
    # dates
    ("2026-11-24", "November 24th, 2026"),
    ("2026-11-24T14:30:00Z", "November 24th, 2026 at 2 30 p.m. U.T.C."),
    ("2026-11-24 09:05", "November 24th, 2026 at 9 oh 5 a.m."),
    ("24.11.2026", "November 24th, 2026"),
    ("12/24/2026", "December 24th, 2026"),
    ("24/12/2026", "December 24th, 2026"),
    ("05/06/2026", "05/06/2026"),
    ("Nov 24", "November 24th"),
    ("Nov. 24, 2026", "November 24th, 2026"),
    ("24 November", "November 24th"),
    ("the 3rd of May", "May 3rd"),
    ("on 1 January 2027", "on January 1st, 2027"),
    ("Tue, Nov 24", "Tuesday, November 24th"),
    ("Tuesday, November 24", "Tuesday, November 24th"),
    ("Nov 24–26", "November 24th to 26th"),
    ("24-26 November 2026", "November 24th to 26th, 2026"),
    ("It comes 24 Nov. Thanks", "It comes November 24th. Thanks"),
    ("on the 22nd and 23rd", "on the 22nd and 23rd"),
    # times
    ("14:30", "2 30 p.m."),
    ("9 a.m.", "9 a.m."),
    ("9:05 pm", "9 oh 5 p.m."),
    ("by 5 pm.", "by 5 p.m."),
    ("09:30", "9 30 a.m."),
    ("12:00", "noon"),
    ("00:00", "midnight"),
    ("9:00–17:00", "9 a.m. to 5 p.m."),
    ("9am-5pm", "9 a.m. to 5 p.m."),
    ("Mon–Fri 9–5 p.m.", "Monday to Friday 9 to 5 p.m."),
    # phones
    ("+49 30 1234567", "plus 4 9, 3 0, 1 2 3, 4 5 6 7"),
    ("(555) 010-9999", "5 5 5, 0 1 0, 9 9 9 9"),
    ("Call 555-0199.", "Call 5 5 5, 0 1 9 9."),
    ("0800 123 4567", "0 8 0 0, 1 2 3, 4 5 6 7"),
    ("+1-555-010-9999", "plus 1, 5 5 5, 0 1 0, 9 9 9 9"),
    # measures
    ("20%", "20 percent"),
    ("19.5 %", "19.5 percent"),
    ("3-5 days", "3 to 5 days"),
    ("5 km", "5 kilometres"),
    ("1 kg", "1 kilogram"),
    ("-5 °C", "minus 5 degrees Celsius"),
    ("2.5 kWh", "2.5 kilowatt hours"),
    ("2x Mug", "2 times Mug"),
    ("~5 items", "about 5 items"),
    ("12 m²", "12 square metres"),
    # short forms and acronyms
    ("e.g. this", "for example this"),
    ("I.e. that", "I.e. that"),
    ("i.e. that", "that is that"),
    ("approx. 5", "approximately 5"),
    ("mugs, plates, etc.", "mugs, plates, et cetera."),
    ("Mr. Smith and Dr. Jones", "Mister Smith and Doctor Jones"),
    ("Mrs. Hall, Ms. Lee", "Missus Hall, Miz Lee"),
    ("No. 5", "Number 5"),
    ("salt & pepper", "salt and pepper"),
    ("24/7", "24 7"),
    ("our FAQ", "our F.A.Q."),
    ("See our FAQ.", "See our F.A.Q."),
    ("VAT and DHL", "V.A.T. and D.H.L."),
    ("size XL", "size X.L."),
    ("Henry VIII, part IV", "Henry VIII, part IV"),
    ("PLEASE HELP", "PLEASE HELP"),
    # addresses
    ("ada@example.com", "ada at example dot com"),
    ("ada.l-b_99@mail.example.co.uk", "ada dot l dash b underscore 9 9 at mail dot example dot co dot u k"),
    ("https://example.com/track/1042?x=1", "example dot com"),
    ("see example.com/returns.", "see example dot com slash returns."),
    ("www.shop.de", "shop dot d e"),
    ("Order 1042 - Blue mug", "Order 1 0 4 2, Blue mug"),
    # nothing to do
    ("Thanks for calling.", "Thanks for calling."),
    ("It's 3/4 done", "It's 3/4 done"),
]


@pytest.mark.parametrize(("written", "said"), CASES, ids=[written for written, _ in CASES])
def test_text_becomes_what_a_voice_says(written: str, said: str) -> None:
    assert spoken(written, "en", nouns=NOUNS) == said


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us"])
def test_a_region_changes_nothing(language: str) -> None:
    assert spoken("order 1042", language, nouns=NOUNS) == "order 1 0 4 2"
