"""Lines that announce the mail below them: "Original Message", "Forwarded message", "Reply above this line".

Pure data, lower case, without the dashes, underscores and colons around them; `|` separates the phrases.
"""

from __future__ import annotations


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.replace("\n", " ").split("|"))


ORIGINAL: frozenset[str] = frozenset(
    _phrases("""
original message | original email | original mail | original appointment | reply message |
replied message | previous message | ursprüngliche nachricht | urspruengliche nachricht |
originalnachricht | original-nachricht | original nachricht | original-mail | ursprüngliche e-mail |
antwort nachricht | antwortnachricht | ursprünglicher termin | message d'origine | message d’origine |
message original | message initial | mail original | e-mail d'origine | message de réponse |
mensaje original | correo original | mensaje de respuesta | missatge original | messaggio originale |
messaggio original | messaggio di risposta | e-mail originale | mensagem original | e-mail original |
mensagem de resposta | oorspronkelijk bericht | origineel bericht | oorspronkelijke bericht |
originele e-mail | ursprungligt meddelande | originalmeddelande | ursprungsmeddelande |
oprindelig meddelelse | oprindelig besked | original meddelelse | opprinnelig melding |
opprinneleg melding | original melding | alkuperäinen viesti | wiadomość oryginalna |
oryginalna wiadomość | wiadomość pierwotna | treść oryginalnej wiadomości | původní zpráva |
původní e-mail | původní email | pôvodná správa | izvirno sporočilo | originalno sporočilo |
izvorna poruka | originalna poruka | оригинална порука | eredeti üzenet | eredeti levél |
mesaj original | mesajul original | mesaj inițial | orijinal mesaj | özgün ileti | orijinal ileti |
özgün mesaj | исходное сообщение | оригинальное сообщение | первоначальное сообщение | исходное письмо |
вихідне повідомлення | оригінальне повідомлення | початкове повідомлення | оригинално съобщение |
αρχικό μήνυμα | αρχικό mail | algne kiri | algne sõnum | sākotnējais ziņojums | originalus laiškas |
pradinis laiškas | tin nhắn gốc | thư gốc | pesan asli | ข้อความเดิม | ข้อความต้นฉบับ | הודעה מקורית |
ההודעה המקורית | الرسالة الأصلية | رسالة أصلية | پیام اصلی | 原始邮件 |
邮件原件 | 原邮件 | 原始郵件 | 原始訊息 | 原信件 |
回复的原邮件 | 元のメッセージ | オリジナルメッセージ | original message (原文) |
원본 메시지 | 원본메시지 | 원본 메일 | 원래 메시지 | मूल संदेश
""")
)

FORWARDED: frozenset[str] = frozenset(
    _phrases("""
forwarded message | forwarded mail | forwarded email | begin forwarded message |
start of forwarded message | forwarded by | weitergeleitete nachricht | weitergeleitete mail |
weitergeleitete e-mail | anfang der weitergeleiteten nachricht | anfang der weitergeleiteten e-mail |
anfang weitergeleitete nachricht | weitergeleitet von | message transféré | mail transféré |
e-mail transféré | début du message transféré | début du message réexpédié | message réexpédié |
transféré par | mensaje reenviado | correo reenviado | inicio del mensaje reenviado |
comienzo del mensaje reenviado | reenviado por | missatge reenviat | messaggio inoltrato |
inizio messaggio inoltrato | inizio del messaggio inoltrato | inoltrato da | mensagem encaminhada |
mensagem reencaminhada | início da mensagem encaminhada | início da mensagem reencaminhada |
doorgestuurd bericht | begin doorgestuurd bericht | begin van doorgestuurd bericht |
vidarebefordrat meddelande | vidarebefordrat brev | vidarebefordrat mejl |
början på vidarebefordrat brev | början på vidarebefordrat meddelande | videresendt meddelelse |
videresendt besked | start på videresendt besked | begyndelsen på videresendt besked |
videresendt melding | videresendt e-post | start på videresendt melding |
begynnelsen på videresendt melding | välitetty viesti | edelleenlähetetty viesti |
välitetty viesti alkaa | wiadomość przekazana | przekazana wiadomość | wiadomość przekazana dalej |
początek przekazanej wiadomości | początek wiadomości przekazanej | přeposlaná zpráva |
přeposlaný e-mail | začátek přeposlané zprávy | předaná zpráva | preposlaná správa |
začiatok preposlanej správy | posredovano sporočilo | proslijeđena poruka | прослеђена порука |
továbbított üzenet | továbbított levél | továbbított üzenet kezdete | mesaj redirecționat |
mesaj redirectionat | mesaj transmis | început mesaj redirecționat | începutul mesajului redirecționat |
iletilen mesaj | yönlendirilen ileti | iletilmiş mesaj | yönlendirilmiş ileti başlangıcı |
пересылаемое сообщение | перенаправленное сообщение | пересланное сообщение |
начало переадресованного сообщения | начало пересылаемого сообщения |
завершение пересылаемого сообщения | переслане повідомлення | пересилане повідомлення |
початок переадресованого повідомлення | препратено съобщение | προωθημένο μήνυμα |
έναρξη προωθημένου μηνύματος | edastatud kiri | pārsūtīta ziņa | persiųstas laiškas |
thư đã chuyển tiếp | pesan yang diteruskan | pesan terusan | ข้อความที่ส่งต่อ | הודעה שהועברה |
תחילת ההודעה שהועברה | הודעה מועברת | رسالة معاد توجيهها | الرسالة المعاد توجيهها |
بدء الرسالة المعاد توجيهها | رسالة مُعاد توجيهها | پیام هدایت شده |
转发的邮件 | 转发邮件 | 转发邮件信息 | 轉寄的郵件 |
轉寄郵件 | 開始轉寄郵件 | 开始转发的邮件 | 転送メッセージ |
転送されたメッセージ | 以下、転送されたメッセージ | 전달된 메시지 | 전달된 메일 | 전달된 메시지 시작 |
अग्रेषित संदेश
""")
)

# These open the line and a name and a date follow: "--- Forwarded by Kim/Office on 01/05/2001 ---".
FORWARDED_OPENINGS: tuple[str, ...] = tuple(
    f"{phrase} "
    for phrase in _phrases("""
forwarded by | weitergeleitet von | transféré par | reenviado por | inoltrato da | encaminhado por |
doorgestuurd door
""")
)

ORIGINAL_OPENINGS: tuple[str, ...] = ("original message processed by ", "original message from ")

# What ticket systems ask above the quote; looked for anywhere in the lower-case line.
REPLY_ABOVE: tuple[str, ...] = _phrases("""
reply above this line | reply above this email | type your reply above | write your reply above |
write above this line | enter your reply above | reply to this email above | reply above the line |
antwort über dieser zeile | antworten sie oberhalb dieser zeile | antworten sie über dieser zeile |
oberhalb dieser linie | oberhalb dieser zeile | über dieser linie | répondez au-dessus de cette ligne |
répondre au-dessus de cette ligne | réponse au-dessus de cette ligne |
responda por encima de esta línea | respuesta por encima de esta línea |
escriba su respuesta sobre esta línea | rispondi sopra questa riga | risposta sopra questa riga |
responda acima desta linha | resposta acima desta linha | typ uw antwoord boven deze regel |
antwoord boven deze regel | svara ovanför den här raden | svar over denne linje |
svar over denne linjen | odpowiedz powyżej tej linii | odpowiedź powyżej tej linii |
odpovězte nad tento řádek | напишите ответ выше этой строки | введите ответ над этой строкой |
この行より上に返信 | 请在此行上方回复
""")
