"""The mail inside a forwarded mail: attached, or pasted under a header block in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.mail.attachments import AttachmentCollector
from channels.mail.bodies import BodyReader
from channels.mail.mime.decoding import Notes, clean_line, tidy
from channels.mail.mime.field_values import read_addresses
from channels.mail.mime.parts import MimePart
from channels.mail.parsed import Forwarded

# Gmail, Thunderbird, Yahoo and others, between dashes.
_BETWEEN_DASHES = (
    r"forwarded (?:message|mail)|(?:original|forwarded) e?-?mail|weitergeleitete nachricht|"
    r"message (?:transféré|réexpédié)|"
    r"mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem (?:re)?encaminhada|"
    r"videresendt (?:meddelelse|melding|besked)|vidarebefordrat (?:meddelande|mejl|brev)|"
    r"(?:välitetty|edelleenlähetetty|edelleenlähetetyn?) viesti\w*|(?:treść )?przekazan\w+ wiadomo\w+|"
    r"wiadomość przekazana.*|přeposlaná zpráva|preposlaná správa|továbbított (?:üzenet|levél|e-?mail)|"
    r"mesaj (?:redirecționat|transmis|redirectionat)|(?:пересылаемое|пересланное|перенаправленное|"
    r"переадресованное) (?:сообщение|письмо)|переслане повідомлення|(?:yönlendirilen|"
    r"iletilen) (?:ileti|mesaj)|"
    r"προωθημένο μήνυμα|转发(?:的)?邮件(?:信息)?|已转发邮件|轉寄(?:的)?郵件|轉寄的訊息|"
    r"転送(?:された)?メッセージ|転送メール|"
    r"전달된 (?:메일|메시지)|(?:thư|tin nhắn) (?:đã|được) chuyển tiếp|pesan (?:terusan|yang diteruskan)|"
    r"הודעה שהועברה|رسالة (?:معاد|مُعاد) توجيهها|proslijeđena poruka|edastatud (?:kiri|sõnum)|"
    r"persiųst\w+ (?:laiškas|žinutė)|pārsūtīt\w+ (?:ziņa|ziņojums|vēstule)|препратено (?:съобщение|писмо)|"
    r"posredovano sporočilo|missatge reenviat"
)
# Apple Mail, on a line of its own.
_BEGIN = (
    r"begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du (?:message|"
    r"courriel) "
    r"(?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    r"begin doorgestuurd bericht|"
    r"início da mensagem (?:re)?encaminhada|vidarebefordrat (?:mejl|meddelande|brev)|"
    r"videresendt (?:besked|melding)|"
    r"start på (?:videresendt|vidarebefordrat) \w+|välitetty viesti(?: alkaa)?|"
    r"początek przekazywanej wiadomości|"
    r"начало переадресованного сообщения|початок переадресованого повідомлення|začátek přeposílané zprávy|"
    r"začiatok preposlanej správy|továbbított (?:levél|e-?mail) kezdete|iletilen e-posta başlangıcı|"
    r"(?:下面是被|开始)转发的(?:邮件|信息)|開始轉寄郵件|転送されたメッセージ|"
    r"次のメッセージを転送します|전달된 메시지 시작|"
    r"începutul mesajului redirecționat|αρχή προωθημένου μηνύματος"
)
_ORIGINAL = (
    r"original(?: message|nachricht)|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|"
    r"oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|"
    r"eredeti üzenet|исходное сообщение|orijinal (?:mesaj|ileti)|原始邮件|原始郵件|元のメッセージ|"
    r"원본 메(?:시지|일)"
)
MARKER = re.compile(
    rf"(?im)^[ \t>*]{{0,40}}(?:-{{2,80}}[ \t]*(?:{_BETWEEN_DASHES})[ \t]*:?[ \t]*-{{2,80}}|"
    rf"(?:{_BEGIN})[ \t]*[:：])"
    r"[ \t*]{0,40}$"
)
ORIGINAL = re.compile(
    rf"(?im)^[ \t>*]{{0,40}}(?:-{{2,80}}[ \t]*(?:{_ORIGINAL})[ \t]*-{{2,80}}|_{{10,80}})[ \t]{{0,40}}$"
)
SUBJECT = re.compile(
    r"(?i)^\s*(?:(?:fwd?|fw|wg|tr|rv|enc|re?nv|i|vs|vb|doorst|pd|vl|továbbítás|redir|fyi|изпр|пересл|"
    r"переслано|"
    r"yönl|ilt|προωθ|转发|轉寄|転送|전달|trs|הועבר|إعادة توجيه|prosl|fs)(?:\[\d+\])?\s*[:：]|\[fwd?:)"
)

FROM = frozenset((
    "from", "von", "de", "da", "van", "från", "fra", "lähettäjä", "od", "feladó", "от", "від", "отправитель",
    "kimden", "gönderen", "από", "de la", "发件人", "寄件者", "寄件人", "差出人", "送信者",
    "보낸 사람", "보낸사람", "từ",
    "dari", "מאת", "من", "nuo", "no", "saatja", "pošiljatelj", "expéditeur", "absender", "mittente",
    "remitente",
    "avsändare", "afsender", "expediteur", "frá", "kimden (gönderen)", "pengirim", "จาก",
))  # fmt: skip
DATE = frozenset((
    "date", "sent", "datum", "gesendet", "envoyé", "date d'envoi", "fecha", "enviado", "enviado el", "data",
    "inviato", "verzonden", "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys",
    "wysłano", "odesláno",
    "odoslané", "dátum", "elküldve", "дата", "отправлено", "надіслано", "tarih", "gönderme tarihi",
    "gönderildi",
    "ημερομηνία", "στάλθηκε", "trimis", "日期", "发送时间", "发送日期", "寄件日期", "傳送日期",
    "送信日時", "日付", "日時",
    "보낸 날짜", "날짜", "보낸날짜", "ngày", "đã gửi", "tanggal", "dikirim", "تاريخ", "נשלח",
    "תאריך", "data invio",
    "datum/zeit", "sendt den", "poslano", "saadetud", "išsiųsta", "nosūtīts", "изпратено",
))  # fmt: skip


_MOST_LINES = 30  # of a header block
_LABEL = re.compile(
    r"^[\s>]{0,40}[*_]{0,2}([^:：\n*<>@]{1,30}?)[*_]{0,2}[ \t\u00a0]?[:：][*_]{0,2}(?:\s+(.*)|)$"
)
_QUOTE = re.compile(r"^(?:> ?){1,20}")
_MAILTO = re.compile(r"(?i)[\[(<]?\s*mailto:\s*([^\s\])>]{1,320})\s*[\])>]*")
_PREFIX = re.compile(r"(?i)^(?:\s*[\w.\u0400-\u04ff\u3000-\u9fff\uac00-\ud7af]{1,8}(?:\[\d+\])?\s*[:：]\s*)+")


def is_forward(subject: str) -> bool:
    """Whether a subject begins as those of forwarded mails do."""
    return SUBJECT.match(subject) is not None


def attached_forward(subject: str, text: str, mails: Sequence[MimePart]) -> Forwarded | None:
    """The attached mail, when attaching it was the way of forwarding it."""
    if len(mails) != 1 or not mails[0].children:
        return None
    inner = mails[0].children[0]
    title = inner.headers.text("subject")
    same = bool(title) and _bare(title) == _bare(subject)
    if not (is_forward(subject) or same or not text.strip()):
        return None
    notes = Notes()
    found = read_addresses(inner.headers.get("from"))
    name, address = found[0] if found else ("", "")
    return Forwarded(
        from_address=address,
        from_name=name,
        date=inner.headers.text("date", 100) or None,
        text=BodyReader(AttachmentCollector(notes), notes).read(inner).text,
    )


def pasted_forward(subject: str, text: str) -> Forwarded | None:
    """The mail below a line such as "---- Forwarded message ----" or Outlook's header block."""
    marker = MARKER.search(text)
    if marker is not None:
        found = _block(text, marker.end())
        if found is not None:
            return found
    if not is_forward(subject):
        return None
    for marker in ORIGINAL.finditer(text):
        found = _block(text, marker.end())
        if found is not None:
            return found
    return _bare_block(text)


def _bare_block(text: str) -> Forwarded | None:
    """A header block without any line above it, as Outlook writes it."""
    at = 0
    for line in text.split("\n")[:2_000]:
        label = _label(line)
        if label is not None and label[0] in FROM:
            found = _block(text, at)
            if found is not None:
                return found
        at += len(line) + 1
    return None


def _block(text: str, at: int) -> Forwarded | None:
    """Fields from `at` on; None unless there are a sender and at least one more field."""
    sender = ""
    date: str | None = None
    fields = 0
    for line in text[at : at + 20_000].split("\n")[:_MOST_LINES]:
        label = _label(line)
        blank = not _QUOTE.sub("", line).strip()
        if (blank and fields) or (not blank and label is None and fields == 0):
            break
        if label is None and fields > 1 and not _goes_on(text[max(0, at - 3) : at], line):
            break
        at += len(line) + 1
        if label is None:
            continue
        fields += 1
        if label[0] in FROM and not sender:
            sender = label[1]
        elif label[0] in DATE and date is None:
            date = clean_line(label[1], 100) or None
        elif fields == 1 and "@" in label[1]:
            sender = label[1]  # a language we don't know: the sender comes first everywhere
    if fields < 2 or not sender:
        return None
    name, address = _person(sender)
    return Forwarded(from_address=address, from_name=name, date=date, text=_unquoted(text[at:]))


def _goes_on(before: str, line: str) -> bool:
    """Whether a line without a label belongs to the field above it, such as a long list of recipients."""
    return line.startswith((" ", "\t")) or before.rstrip().endswith((",", ";"))


def _label(line: str) -> tuple[str, str] | None:
    match = _LABEL.match(line[:1_000].rstrip())
    if match is None:
        return None
    return match[1].strip(" \t\u00a0*").lower(), (match[2] or "").strip(" \t*")


def _person(value: str) -> tuple[str, str]:
    found = read_addresses(_MAILTO.sub(r"<\1>", value))
    if found:
        name, address = found[0]
        return name if name != address else "", address
    return clean_line(value, 200).strip("\"'<>[] "), ""


def _unquoted(text: str) -> str:
    """Apple Mail quotes what it forwards; one level of that is taken off."""
    lines = text.strip("\n").split("\n")
    if all(line.startswith(">") for line in lines if line.strip()):
        lines = [line[1:].removeprefix(" ") for line in lines]
    return tidy("\n".join(lines))


def _bare(subject: str) -> str:
    return _PREFIX.sub("", subject).strip(" []()").lower()
