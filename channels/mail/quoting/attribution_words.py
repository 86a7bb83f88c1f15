"""Words of the line a mail program writes above a quote ("On … Anna wrote:"), by language.

Pure data. `CUES` open such a line, `VERBS` say that somebody wrote;
some languages put the writer behind the verb ("schrieb Anna <…>:").
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> list[str]:
    return text.split()


CUES: Mapping[str, tuple[str, ...]] = {
    "en": ("on", "at", "in message", "in article", "quoting"),
    "de": ("am", "on", "vom"),
    "fr": ("le", "en date du", "du", "message du"),
    "es": ("el", "en", "a las"),
    "ca": ("el dia", "missatge de"),
    "it": ("il", "in data", "il giorno", "nel giorno", "alle"),
    "pt": ("em", "no dia", "a", "às", "citando"),
    "nl": ("op", "per"),
    "sv": ("den", "på", "kl"),
    "da": ("den", "på", "d."),
    "no": ("den", "på", "kl."),
    "fi": ("klo", "lähettäjä"),
    "pl": ("dnia", "w dniu", "użytkownik"),
    "cs": ("dne", "odesílatel"),
    "sk": ("dňa",),
    "sl": ("dne", "v"),
    "hr": ("dana", "u", "datuma"),
    "sr": ("дана", "dana"),
    "hu": ("időpont", "ekkor"),
    "ro": ("în", "in", "pe", "la data"),
    "tr": ("tarih",),
    "ru": ("пользователь", "от"),
    "uk": ("користувач", "від"),
    "bg": ("на",),
    "el": ("στις", "την", "στις στις"),
    "et": ("kuupäeval",),
    "lv": ("plkst",),
    "lt": ("data",),
    "vi": ("vào", "vào lúc", "ngày"),
    "id": ("pada", "pada tanggal"),
    "th": ("เมื่อ", "ในวันที่"),
    "he": ("בתאריך", "ב", "מאת"),
    "ar": ("في", "بتاريخ", "يوم"),
    "fa": ("در",),
    "zh": ("在", "于", "於"),
    "ja": ("日時",),
    "ko": ("일시",),
}

VERBS: Mapping[str, tuple[str, ...]] = {
    "en": ("wrote", "writes", "said", "says", "sent", "has written", "posted"),
    "de": ("schrieb", "schrieben sie", "geschrieben", "schreibt", "hat geschrieben", "schrieb am"),
    "fr": ("a écrit", "a ecrit", "a envoyé", "nous a dit"),
    "es": ("escribió", "escribio", "ha escrito", "escribe", "escribía"),
    "ca": ("va escriure", "ha escrit"),
    "it": ("ha scritto", "scrisse", "scrive", "hai scritto"),
    "pt": ("escreveu", "escreve", "escreveu o seguinte"),
    "nl": ("schreef", "heeft geschreven", "het volgende geschreven", "geschreven", "schrijft"),
    "sv": ("skrev", "skriver", "skrev följande"),
    "da": ("skrev", "skriver", "skrev følgende"),
    "no": ("skrev", "skreiv", "skrev følgende"),
    "fi": ("kirjoitti", "kirjoittaa", "kirjoitti näin"),
    "pl": ("napisana przez", "napisał(a)", "napisał", "napisała", "pisze", "nadesłał", "napisano"),
    "cs": ("napsal(a)", "napsal", "napsala", "píše"),
    "sk": ("napísal(a)", "napísal", "napísala", "píše"),
    "sl": ("je napisal(a)", "je napisal", "je napisala", "je napisal/-a"),
    "hr": ("je napisao/la", "je napisao", "je napisala", "napisao je", "piše"),
    "sr": ("је написао/ла", "је написао", "је написала", "написао је"),
    "hu": ("írta", "ezt írta", "a következőt írta"),
    "ro": ("a scris", "a scris următoarele"),
    "tr": ("şunu yazdı", "yazdı", "yazmış"),
    "ru": ("написал(а)", "написал", "написала", "пишет", "писал", "писал(а)", "писала"),
    "uk": ("написав(ла)", "написав", "написала", "пише", "писав"),
    "bg": ("написа", "написа следното"),
    "el": ("έγραψε", "έγραψαν"),
    "et": ("kirjutas",),
    "lv": ("rakstīja",),
    "lt": ("rašė", "parašė"),
    "vi": ("đã viết",),
    "id": ("menulis",),
    "th": ("เขียน", "เขียนว่า"),
    "he": ("כתב", "כתבה", "כתב/ה"),
    "ar": ("كتب", "كتبت", "كتب/كتبت"),
    "fa": ("نوشت",),
    "zh": ("写道", "寫道", "写到", "寫到", "来信", "编写"),
    "ja": ("のメール", "のメッセージ", "書きました", "は書きました", "さんは書きました", "wrote"),
    "ko": ("님이 작성", "작성", "님이 작성하였습니다", "이(가) 작성", "님이 쓴 글", "에 작성함"),
    "hi": ("ने लिखा",),
}

# The writer's name may stand between these and the colon; behind other verbs only a date or an address.
VERBS_BEFORE_NAME: frozenset[str] = frozenset(
    {"schrieb", "schreibt", "schreef", "skrev", "skreiv", "skriver", "كتب", "كتبت", "كتب/كتبت", "כתב", "כתבה"}
)

# "On 3 May 2024 you wrote:" may be the customer's own sentence.
PRONOUNS: frozenset[str] = frozenset(
    _words("""
you he she they i we sie ihr du er vous tu il elle usted ustedes lei voi você vocês u jij je ni ty pan
pani вы ви он она
""")
)

WEEKDAYS: frozenset[str] = frozenset(
    _words("""
mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday mo di mi do fr sa so
montag dienstag mittwoch donnerstag freitag samstag sonntag lun mar mer jeu ven sam dim lundi mardi
mercredi jeudi vendredi samedi dimanche mié jue vie sáb dom lunes martes miércoles jueves viernes sábado
domingo gio lunedì martedì mercoledì giovedì venerdì sabato domenica seg ter qua qui sex segunda terça
quarta quinta sexta ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mån tis ons
tors tor fre lör sön måndag tisdag onsdag torsdag fredag lördag söndag man tir lør søn mandag tirsdag
lørdag søndag ti ke to pe la su maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai pon wt
śr czw pt sob niedz nd poniedziałek wtorek środa czwartek piątek sobota niedziela po út st čt pá ne
pondělí úterý středa čtvrtek pátek neděle luni marți miercuri joi vineri sâmbătă duminică mie pzt sal çar
per cum cmt paz pazartesi salı çarşamba perşembe cuma cumartesi pazar пн вт ср чт пт сб вс нд понедельник
вторник среда четверг пятница суббота воскресенье понеділок вівторок середа четвер субота неділя δευ τρί
τετ πέμ παρ σάβ κυρ δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
""")
)
