"""What mail programs write above a forwarded mail, in the languages of their users."""

from __future__ import annotations

import re

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
