"""Paragraphs a company adds to its people's mails: legal notices, warnings, footers of mailing lists.

Pure data, lower case; `|` separates the phrases.
"""

from __future__ import annotations


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.replace("\n", " ").split("|"))


DISCLAIMER_OPENINGS: tuple[str, ...] = _phrases("""
disclaimer | confidentiality | confidential: | confidentiality notice | legal notice | legal disclaimer |
privacy notice | privileged/confidential | important notice: | this e-mail and any | this email and any |
this e-mail, including | this email, including | this e-mail message | this email message ( |
this e-mail is confidential | this email is confidential | this e-mail is intended |
this email is intended | this e-mail may contain | this email may contain | this e-mail contains |
this email contains confidential | this communication is confidential | this communication may contain |
this communication, including | this message and any | this message (including |
this message, including | this message is intended | this message is confidential |
this message may contain | this message contains | this transmission | this electronic message |
this email has been scanned | this email was scanned | this email has been checked |
this message has been scanned | the information contained in this | the information in this e-mail |
the information in this email | the contents of this e-mail | the contents of this email |
if you are not the intended recipient | if you have received this e-mail in error |
if you have received this email in error | please consider the environment | think before you print |
save a tree | registered in england | notice: this | note: this e-mail | diese e-mail enthält |
diese e-mail kann | diese e-mail ist vertraulich | diese e-mail und | diese nachricht enthält vertraul |
diese nachricht ist vertraulich | diese mail enthält | der inhalt dieser e-mail |
der inhalt dieser nachricht | die in dieser e-mail enthaltenen | haftungsausschluss |
vertraulichkeitshinweis | bitte denken sie an die umwelt | bitte prüfen sie, ob diese e-mail |
denken sie an die umwelt | ce message et | ce message est confidentiel | ce message (et |
ce message contient | ce courriel et | ce courriel est | ce courriel contient | cet e-mail et |
cet e-mail est confidentiel | ce mail et ses | avertissement de confidentialité |
avis de confidentialité | pensez à l'environnement | pensez à l’environnement |
pensons à l'environnement | avant d'imprimer | este mensaje y | este mensaje se dirige |
este mensaje va dirigido | este mensaje contiene | este mensaje es confidencial |
este correo electrónico y | este correo electrónico contiene | este correo y | aviso legal |
aviso de confidencialidad | antes de imprimir | la información contenida en este | questo messaggio e |
questo messaggio è | questo messaggio contiene | questa e-mail | questa email è |
le informazioni contenute | ai sensi del d.lgs | ai sensi del regolamento | avviso di riservatezza |
prima di stampare | rispetta l'ambiente | esta mensagem e | esta mensagem é | esta mensagem pode conter |
esta mensagem contém | esta mensagem, incluindo | este e-mail e | este e-mail é confidencial |
aviso de confidencialidade | as informações contidas | antes de imprimir este | dit bericht is |
dit bericht kan | dit bericht en | dit e-mailbericht | deze e-mail is | deze e-mail en |
deze e-mail kan | de informatie in dit | de informatie in deze | denk aan het milieu |
detta meddelande är | detta meddelande kan | detta e-postmeddelande | denne e-mail er fortrolig |
denne e-mail kan | denne meddelelse er | denne e-posten er | denne e-posten kan | tämä viesti on |
tämä sähköposti | tämä viesti saattaa | ta wiadomość jest | ta wiadomość zawiera | niniejsza wiadomość |
treść tej wiadomości | klauzula poufności | tato zpráva je | tato zpráva a | tento e-mail a |
tento e-mail je | tento e-mail obsahuje | ez az üzenet | ez az e-mail | acest mesaj este |
acest mesaj și | acest e-mail | bu e-posta | bu mesaj ve | bu ileti | это сообщение и |
данное сообщение и | данное сообщение является | настоящее сообщение | это электронное сообщение |
це повідомлення та | це повідомлення є | το παρόν μήνυμα | αυτό το μήνυμα |
免责声明 | 免責聲明 | 本邮件及 | 本邮件包含 |
本郵件及 | 本メールは | このメールには | 이 메일은 | 본 메일은 |
본 메일에는 | הודעה זו | דוא"ל זה | هذه الرسالة | إخلاء مسؤولية
""")

# A notice that opens like an ordinary sentence ("This message and any …") has to say one of these as well.
LEGAL_HINTS: tuple[str, ...] = _phrases("""
confiden | konfiden | privileged | intended | addressee | recipient | unauthori | disclos | legally | liab |
print | virus | malware | registered | tree | gdpr | vertraulich | empfänger | drucken | haft | rechtlich |
destinatair | destinatari | destinatár | imprim | stamp | riservat | vertrouwelijk | geadresseerde | afdruk |
fortrolig | sekretess | luottamuks | poufn | adresat | důvěrn | dôvern | bizalmas | címzett | gizli | yasal |
povjerljiv | конфиденц | конфіденц | поверител | εμπιστευτικ | απόρρητ |
保密 | 机密 | 機密 | 秘密 | 기밀 | 비밀 | חסוי | סודי | سري | محرمانه
""")

# Put above the text by the company's mail server, not by the customer.
BANNER_OPENINGS: tuple[str, ...] = _phrases("""
caution: this e-mail | caution: this email | caution: external | caution! this | [external] |
[external email] | external email: | external sender | warning: this email originated |
warning: external | this email originated from outside | this message originated from outside |
this message was sent from outside | you don't often get email from |
some people who received this message don't often get | [you don't often get email from |
achtung: diese e-mail kommt von extern | achtung: externe e-mail | externe e-mail: |
attention : ce courriel provient de l'extérieur | attention: ce courriel provient de l'extérieur |
sie erhalten nicht oft e-mails von | sie erhalten nicht häufig e-mails von |
vous n'obtenez pas souvent d'e-mail | no suele recibir correo electrónico de |
let op: deze e-mail is afkomstig van buiten
""")

# One of these makes the lines below a ruled line a footer of a mailing list or ticket system.
FOOTER_HINTS: tuple[str, ...] = _phrases("""
mailing list | mailinglist | unsubscribe | subscribe | listinfo | mailman | lista de correo |
liste de diffusion | lista de discussão | mailingliste | abbestellen | désabonner | désinscri |
cancelar la suscripción | http:// | https:// | www. | @
""")
