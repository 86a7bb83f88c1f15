"""Labels of the header block that Outlook and its kin put above the mail they answer, by language.

Pure data: for every language the labels of the roles sender, sent, to, copy, subject and rest.
Labels are compared in lower case, without spaces, asterisks and underscores.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a line of a header block tells."""

    SENDER = "sender"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    REST = "rest"


_ORDER = (Role.SENDER, Role.SENT, Role.TO, Role.COPY, Role.SUBJECT, Role.REST)

# One row per role, in _ORDER: sender | sent | to | copy | subject | rest.
_LABELS: Mapping[str, str] = {
    "en": "from | sent, date, sent at, sent on | to | cc, bcc | subject, re, subj"
    " | reply-to, importance, attachments, organization, sender, sent by, return-path, message-id, priority",
    "de": "von | gesendet, datum, gesendet am, gesendet von | an | kopie, cc, blindkopie | betreff, betr"
    " | antwort an, wichtigkeit, anlagen, anhänge, organisation, priorität",
    "fr": "de, expéditeur, de la part de | envoyé, date, message du, envoyé le, date d'envoi, envoyé par"
    " | à, a, destinataire, pour, destinataires | copie, cc, copie à, cci | objet, sujet"
    " | répondre à, importance, pièces jointes",
    "es": "de, remitente | enviado, fecha, enviado el, fecha de envío, enviado por | para, a, destinatario"
    " | cc, cco, copia | asunto, tema | responder a, importancia, datos adjuntos, archivos adjuntos",
    "ca": "de | enviat, enviat el, data, enviat per | per a, a | a/c, cc | assumpte, tema | fitxers adjunts",
    "it": "da, mittente | inviato, data, data invio, inviato il | a, per, destinatario | cc, ccn | oggetto"
    " | rispondi a, allegati, priorità",
    "pt": "de, remetente | enviado, enviada, data, enviado em, enviada em, enviado a | para | cc, cco"
    " | assunto | anexos, responder a, prioridade",
    "nl": "van, afzender | verzonden, datum, verstuurd, verzonden op | aan | cc, kopie, bcc | onderwerp"
    " | bijlagen, urgentie, prioriteit, beantwoorden",
    "sv": "från, avsändare | skickat, datum, skickades | till | kopia, cc | ämne | prioritet, svara till",
    "da": "fra, afsender | sendt, dato, sendt den | til | cc, kopi | emne | vedhæftede filer, prioritet",
    "no": "fra | sendt, dato | til | kopi, cc | emne | vedlegg, prioritet",
    "fi": "lähettäjä | lähetetty, päivämäärä, päiväys, pvm | vastaanottaja, kenelle | kopio, cc | aihe"
    " | liitteet, vastausosoite",
    "pl": "od, nadawca | wysłano, data, wysłane, wysłany, data wysłania | do, adresat | dw, cc, kopia, udw"
    " | temat | załączniki",
    "cs": "od, odesílatel | odesláno, datum, posláno | komu, pro, příjemce | kopie, cc | předmět | přílohy",
    "sk": "od, odosielateľ | odoslané, dátum, poslané | komu, pre | kópia, cc | predmet | prílohy",
    "sl": "od | poslano, datum | za | kp, cc | zadeva | priloge",
    "hr": "od, šalje | poslano, datum | za, prima | kopija, cc | predmet, tema | privici",
    "sr": "од, шаље | послато, датум | за, коме | копија, cc | наслов, тема | прилози",
    "hu": "feladó, küldő | elküldve, dátum, küldve, küldés ideje | címzett, címzettek"
    " | másolat, másolatot kap, cc | tárgy | mellékletek",
    "ro": "de la, expeditor | trimis, data, trimis la | către, la, destinatar | cc | subiect | atașări",
    "tr": "kimden, gönderen | gönderildi, tarih, gönderme tarihi, gönderilme tarihi | kime, alıcı | bilgi, cc"
    " | konu | ekler",
    "ru": "от, от кого, отправитель | отправлено, дата, отправлен, дата отправки | кому, получатель | копия"
    " | тема | вложения, важность",
    "uk": "від, від кого, відправник | надіслано, дата, відправлено | кому, одержувач | копія | тема"
    " | вкладення",
    "bg": "от | изпратено, дата | до | копие | относно, тема | прикачени файлове",
    "el": "από, αποστολέας | στάλθηκε, ημερομηνία, εστάλη, απεστάλη | προς, παραλήπτης | κοιν, κοινοποίηση"
    " | θέμα | συνημμένα",
    "et": "saatja | saadetud, kuupäev | adressaat, saaja | koopia | teema | manused",
    "lv": "no | nosūtīts, datums | kam | kopija | tēma, temats | pielikumi",
    "lt": "nuo, siuntėjas | išsiųsta, data | kam, iki | kopija | tema | priedai",
    "vi": "từ, người gửi | đã gửi, ngày, ngày gửi | đến, tới, người nhận | cc | chủ đề, tiêu đề"
    " | tệp đính kèm",
    "id": "dari | dikirim, tanggal, terkirim | kepada, untuk, ke | cc | perihal, subjek | lampiran",
    "th": "จาก | ส่ง, วันที่, ส่งเมื่อ | ถึง | สำเนา, สำเนาถึง | เรื่อง, หัวเรื่อง | สิ่งที่แนบมา",
    "he": "מאת, מ | נשלח, תאריך, בתאריך | אל | עותק, העתק | נושא, הנדון | קבצים מצורפים",
    "ar": "من, المرسل | تم الإرسال, التاريخ, أرسلت, تاريخ الإرسال, تاريخ | إلى, الى | نسخة, نسخة إلى"
    " | الموضوع | المرفقات",
    "fa": "از, فرستنده | ارسال شده, تاریخ | به, گیرنده | رونوشت | موضوع | پیوست‌ها",
    "zh-cn": "发件人, 寄件人, 发自 | 发送时间, 日期, 时间, 发送日期, 已发送 | 收件人, 至 | 抄送 | 主题"
    " | 附件",
    "zh-tw": "寄件者, 寄件人 | 寄件日期, 傳送時間, 已傳送, 寄送日期 | 收件者, 收件人 | 副本 | 主旨, 主題"
    " | 附件",
    "ja": "差出人, 送信者, from | 送信日時, 日時, 日付, 送信日, 送信 | 宛先, to | cc | 件名 | 添付ファイル",
    "ko": "보낸사람, 보낸이, 발신 | 보낸날짜, 날짜, 보낸시간, 보낸일시 | 받는사람, 받는이, 수신 | 참조 | 제목"
    " | 첨부",
    "hi": "प्रेषक, से | भेजा गया, दिनांक, तारीख | प्राप्तकर्ता, को | प्रतिलिपि | विषय | अनुलग्नक",
}


def key(label: str) -> str:
    """A label as the table knows it: lower case, no spaces, no emphasis marks."""
    return label.replace(" ", "").strip("*_[]-").casefold()


def _table() -> dict[str, frozenset[Role]]:
    found: dict[str, set[Role]] = {}
    for row in _LABELS.values():
        for role, labels in zip(_ORDER, row.split(" | "), strict=True):
            for label in labels.split(","):
                found.setdefault(key(label), set()).add(role)
    return {label: frozenset(roles) for label, roles in found.items()}


ROLES: Mapping[str, frozenset[Role]] = _table()
LONGEST = max(len(label) for label in ROLES) + 6
