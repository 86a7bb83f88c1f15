"""Lines a program adds below the customer's words: "Sent from my phone".

Pure data. Patterns are anchored at the start of one line of bounded length.
"""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


# A device line says it all itself; the pattern ends the line.
DEVICE_LINES: tuple[str, ...] = (
    # English
    r"sent (?:from|via|with|using|by) (?!the\b|our\b|this\b|you\b|us\b|your\b|me\b).{1,70}",
    r"from my (?:i?phone|ipad|android|mobile|cell|samsung|galaxy|blackberry|tablet|htc|pixel).{0,30}",
    r"\w{2,20} from mobile",
    r"get (?:the )?outlook for .{2,80}",
    r"(?:typed|written|composed) on (?:my|a) .{2,40}",
    # German
    r"(?:von|mit) meine[mr] .{2,60}gesendet",
    r"gesendet (?:von|mit|aus|via|über|vom) (?:meine[mr] )?.{2,70}",
    r"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) .{2,80}gesendet",
    r"von unterwegs gesendet",
    r"outlook für .{2,70}(?:beziehen|herunterladen|laden|holen).{0,60}",
    r"holen sie sich outlook .{2,60}",
    r"hol dir outlook .{2,60}",
    # French
    r"envoy[ée]e? (?:depuis|de|à partir de|avec|via|par) (?:mon|ma|mes|un|l['’]|la|le)\b.{0,60}",
    r"envoy[ée]e? (?:depuis|de|à partir de|avec|via|par) (?:courrier|[gy]?mail|outlook|yahoo)\b.{0,60}",
    r"envoyé à partir d['’].{2,60}",
    r"(?:télécharge[rz]|obtenez|obtenir) outlook .{2,70}",
    r"provenance\s?: courrier .{2,40}",
    # Spanish, Catalan, Galician
    r"enviado (?:desde|con|por|a través de) (?:mi|el|la|un|outlook|yahoo|correo|gmail|samsung).{0,60}",
    r"(?:obtener|obtén|descargar?) outlook .{2,60}",
    r"enviat (?:des|amb) .{2,60}",
    # Italian
    r"inviato (?:da|dal|con|tramite) .{2,60}",
    r"(?:ottieni|scarica) outlook .{2,60}",
    # Portuguese
    r"enviado (?:do|da|de|a partir do|a partir de|pelo|via) (?:meu|minha|um|outlook)\b.{0,60}",
    r"enviado (?:do|da|de|a partir do|pelo|via) (?:samsung|yahoo|correio|gmail|e-?mail)\b.{0,60}",
    r"enviado (?:do|da|de|a partir do|pelo|via) (?:iphone|ipad|telemóvel|celular)\b.{0,60}",
    r"(?:obter o|obtenha o|baixe o) outlook .{2,60}",
    # Dutch
    r"(?:verzonden|verstuurd|gestuurd) (?:vanaf|vanuit|met|via|van|door) .{2,60}",
    r"(?:download|haal) outlook voor .{2,60}|outlook voor .{2,40}downloaden.{0,50}",
    # Scandinavian and Finnish
    r"(?:skickat|skickades|skickad) (?:från|med|via) .{2,60}",
    r"från min (?:iphone|ipad|mobil|telefon|android|samsung).{0,30}",
    r"(?:hämta|skaffa) outlook för .{2,60}",
    r"sendt (?:fra|med|via) .{2,60}",
    r"(?:hent|få|skaff) outlook (?:til|for) .{2,60}",
    r"lähetetty .{2,60}",
    r"(?:hanki|lataa) outlook .{2,60}",
    # Slavic, Hungarian, Romanian
    r"wysłan[eoy] (?:z|za pomocą|ze) .{2,60}",
    r"pobierz (?:aplikację )?outlook .{2,60}",
    r"odesláno (?:z|ze|pomocí) .{2,60}|odoslané (?:z|zo|pomocou) .{2,60}",
    r"získ(?:at|ajte) outlook .{2,60}",
    r"poslano (?:iz|z|s|sa) .{2,60}",
    r"отправлено (?:с|из|от|через) .{2,60}",
    r"надіслано (?:з|із|від) .{2,60}",
    r"изпратено от .{2,60}",
    r"(?:az |a )?.{2,40}(?:-omról|-emről|-ömről|-mról|-mről|-ról|-ről) küldve|küldve .{2,60}",
    r"trimis (?:de pe|din|de la|cu|prin) .{2,60}",
    # Turkish, Greek, Baltic
    r".{2,30}['’]\w{0,8}[dt][ae]n gönderildi|.{2,30} (?:uygulamasından|üzerinden) gönderildi",
    r"(?:στάλθηκε|εστάλη|απεστάλη) από .{2,60}",
    r"saadetud .{2,40}|nosūtīts no .{2,40}|išsiųsta iš .{2,40}",
    # Right to left
    r"(?:נשלח|נשלחה) מ.{1,60}",
    r"[أا]ُ?رسلت? من .{2,60}|تم الإرسال من .{2,60}|مرسل من .{2,60}",
    # East Asia
    r"(?:发自|發自|从我的|從我的|寄自|来自我的|傳送自).{1,40}",
    r".{0,20}(?:iphone|ipad|android|スマートフォン|携帯).{0,20}から送信(?:されました)?",
    r"(?:나의|내) .{1,30}에서 (?:보냄|전송)|.{1,30}에서 보냄",
    r"獲取 outlook .{2,40}|获取 outlook .{2,40}",
    # Others
    r"gửi từ .{2,50}|đã gửi từ .{2,50}",
    r"dikirim dari .{2,50}",
    r"ส่งจาก.{2,50}",
    # Advertising of providers
    r"virus-?free\b.{0,60}|virenfrei\b.{0,60}|garanti sans virus.{0,40}|libre de virus.{0,40}",
    r"do you yahoo!\?.{0,40}",
)

# What such a line ends with where it is certainly none of the customer's: things that mails are sent from.
DEVICES: frozenset[str] = frozenset(
    _words("""
iphone ipad ipod ios mac macbook android samsung galaxy huawei xiaomi redmi honor oneplus oppo nokia motorola
pixel htc blackberry sony xperia windows linux outlook gmail yahoo icloud aol thunderbird proton protonmail
protonmail gmx webmail mail app mobile handy smartphone smartphones phone telefon téléphone telefono teléfono
mobiltelefon tablet tablette bluemail spark airmail fairphone lg zte iphoneomról iphonedan puhelimesta
""")
)

# With one of these the line is a sentence of the customer, whatever it begins with.
SENTENCE_WORDS: frozenset[str] = frozenset(
    _words("""
is are was were has have had will would because which that they yesterday today last you arrived dhl ups
fedex usps hermes gls dpd postnl ist war hat habe weil gestern heute est était hier está fue porque ayer
hoy è stato perché ieri foi ontem gisteren omdat
""")
)
