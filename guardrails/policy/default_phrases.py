"""Phrases that always mean a human, in English and German; a policy may name others.

Words in a row; "..." stands for up to five words of the same sentence, a * for any ending.
"""

from __future__ import annotations

SELF_HARM = (
    "kill myself", "killing myself", "end my life", "ending my life", "take my own life",
    "taking my own life", "commit suicide", "suicidal", "thinking about suicide", "thinking of suicide",
    "i want to die", "i wish i was dead", "i wish i were dead", "don t want to live",
    "do not want to live", "no reason to live", "better off dead", "better off without me",
    "harm myself", "self harm", "hurting myself", "end it all", "can t go on living", "not be alive",
    "mich umbringen", "bringe mich um", "bring mich um", "mir das leben nehmen", "mein leben beenden",
    "selbstmord", "suizid*", "lebensmüde", "nicht mehr leben", "will sterben", "möchte sterben",
    "mir etwas antun", "mir was antun", "ritze mich", "selbstverletz*", "keinen sinn mehr ... leben",
    "schluss machen mit ... leben",
)  # fmt: skip

DANGER = (
    "caught fire", "catching fire", "went up in flames", "burst into flames", "started burning",
    "smoke is coming", "smoke came out", "smoke coming out", "electric shock", "electrocuted",
    "exploded", "gas leak", "smell of gas", "smell gas", "carbon monoxide", "burned my hand",
    "burnt my hand", "burned myself", "burnt myself", "went to hospital", "go to hospital",
    "went to the hospital", "taken to hospital", "emergency room", "was injured", "got injured",
    "injured my", "cut my hand", "cut my finger", "my child swallowed", "swallowed ... battery",
    "swallowed ... magnet", "allergic reaction", "poisoned", "choked on", "call an ambulance",
    "in brand geraten", "fing feuer", "hat feuer gefangen", "feuer gefangen", "hat gebrannt",
    "angefangen zu brennen", "rauch ... aus dem gerät", "qualmt", "stromschlag", "stromschläge",
    "explodiert", "gasgeruch", "riecht nach gas", "kohlenmonoxid", "notaufnahme", "ins krankenhaus",
    "mich verletzt", "sich ... verletzt", "mich verbrannt", "hat sich ... verbrannt", "verbrennungen",
    "batterie verschluckt", "verschluckt", "allergische reaktion", "vergiftet", "vergiftung",
)  # fmt: skip

LEGAL_THREAT = (
    "my lawyer will", "my lawyers will", "my attorney will", "my solicitor will", "hear from my lawyer",
    "hearing from my lawyer", "hear from my lawyers", "hear from our lawyer*", "hear from my attorney",
    "hear from my solicitor*", "hearing from my solicitor*", "hearing from my attorney",
    "hearing from our lawyer*", "contact my lawyer", "contact a lawyer", "contacting my lawyer",
    "contacted my lawyer", "contact my solicitor", "contact my attorney", "contacted a lawyer",
    "consult a lawyer", "consulting a lawyer", "hire a lawyer", "get a lawyer", "get my lawyer",
    "involve my lawyer", "instruct a solicitor", "instructed my solicitor", "instruct my solicitor",
    "hand ... to my lawyer", "hand ... to my solicitor", "pass ... to my lawyer*",
    "given ... to my lawyer", "talk to my lawyer", "speak to my lawyer", "spoke to my lawyer",
    "spoken to my lawyer", "forward ... to my lawyer", "i ... legal action", "we ... legal action",
    "legal action against you", "legal action against your", "legal steps against",
    "forced to take legal", "take you to court", "taking you to court", "see you in court",
    "go to court", "going to court", "small claims", "sue you", "sue your company", "will sue",
    "going to sue", "gonna sue", "suing you", "suing your", "lawsuit", "legal proceedings",
    "court proceedings", "press charges", "pressing charges", "criminal complaint",
    "file a police report against", "report you to the police", "report you to trading standards",
    "letter before action", "meinem anwalt", "meinen anwalt ein*", "meine anwältin wird",
    "mein anwalt wird", "mein anwalt meldet", "meinen anwalt ... beauftrag*", "von meinem anwalt",
    "vom anwalt hören", "anwalt einschalten", "anwalt ein", "anwalt einzuschalten", "anwalt nehmen",
    "anwalt übergeben", "an meinen anwalt", "an meine anwältin", "meiner anwältin",
    "rechtsanwalt einschalten", "rechtsanwalt beauftrag*", "rechtsanwalt übergeben",
    "anwalt beauftrag*", "rechtliche schritte", "rechtlichen schritte", "rechtlichen schritten",
    "juristische schritte", "rechtsweg", "verklage", "verklagen", "verklagt", "klage einreichen",
    "klage erheben", "reiche klage", "reichen klage", "strafanzeige", "anzeige erstatten",
    "erstatte anzeige", "anzeige bei der polizei", "gerichtlich", "gerichtliche", "gerichtlichen",
    "vor gericht", "gerichtliches mahnverfahren", "mahnbescheid", "verbraucherzentrale ... einschalten",
    "verbraucherzentrale ... melden", "verbraucherzentrale ... informieren",
    "schalte ... verbraucherzentrale ein", "wende mich an die verbraucherzentrale",
    "an die verbraucherzentrale wenden", "an die verbraucherzentrale",
)  # fmt: skip

PRESS = (
    "i am a journalist", "i m a journalist", "as a journalist", "journalist for", "journalist at",
    "journalist with", "journalist from", "i am a reporter", "i m a reporter", "reporter for",
    "reporter at", "reporter with", "reporter from", "press inquiry", "press enquiry", "press request",
    "media inquiry", "media enquiry", "media request", "request for comment", "asking for comment",
    "writing an article about", "writing a story about", "writing a piece", "working on an article",
    "working on a story", "researching a story", "go to the press", "going to the press",
    "go to the media", "going to the media", "contact the press", "contact the media",
    "contacting the press", "inform the press", "your press office", "your press team",
    "consumer programme", "ich bin journalist*", "als journalist*", "journalist bei", "journalist für",
    "journalistin bei", "journalistin für", "presseanfrage", "medienanfrage", "ich recherchiere",
    "wir recherchieren", "schreibe einen artikel", "schreibe ... artikel über", "an die presse",
    "an die medien", "presse informieren", "presse einschalten", "ihre pressestelle",
    "bitte um stellungnahme", "stellungnahme ... redaktion", "redaktion der", "redaktion des",
    "für unsere zeitung",
)  # fmt: skip
