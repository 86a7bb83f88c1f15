"""What customers hear while they wait for a model: no model can translate it then, so it is written here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WAITING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "I can't work out an answer right now, because our assistant can't be reached. Your"
        " message is safe and you needn't write it again: the answer follows as soon as possible."
        " My colleagues can see your message too.",
        "de": "Ich kann gerade keine Antwort ausarbeiten, weil unser Assistent nicht erreichbar ist."
        " Ihre Nachricht ist sicher gespeichert, und Sie müssen sie nicht noch einmal schreiben:"
        " Die Antwort folgt so bald wie möglich. Auch das Team kann Ihre Nachricht sehen.",
        "fr": "Je ne peux pas vous répondre pour le moment, car notre assistant est injoignable. Votre"
        " message est bien enregistré, inutile de l'écrire à nouveau : la réponse suivra dès que"
        " possible. Mes collègues peuvent aussi le voir.",
        "es": "Ahora mismo no puedo darle una respuesta porque nuestro asistente no está disponible. Su"
        " mensaje está guardado y no hace falta que lo escriba otra vez: la respuesta llegará lo"
        " antes posible. Mis colegas también pueden verlo.",
        "it": "Al momento non posso rispondere perché il nostro assistente non è raggiungibile. Il suo"
        " messaggio è al sicuro e non serve scriverlo di nuovo: la risposta arriverà appena"
        " possibile. Anche i miei colleghi possono vederlo.",
        "nl": "Ik kan nu geen antwoord geven, omdat onze assistent niet bereikbaar is. Uw bericht is"
        " bewaard en u hoeft het niet opnieuw te schrijven: het antwoord volgt zo snel mogelijk."
        " Ook mijn collega's kunnen het zien.",
        "pt": "Neste momento não consigo responder, porque o nosso assistente não está acessível. A sua"
        " mensagem está guardada e não precisa de a escrever de novo: a resposta segue assim que"
        " possível. Os meus colegas também a podem ver.",
        "pl": "Nie mogę teraz odpowiedzieć, ponieważ nasz asystent jest nieosiągalny. Wiadomość jest"
        " bezpiecznie zapisana i nie trzeba pisać jej ponownie: odpowiedź nadejdzie najszybciej,"
        " jak to możliwe. Zespół również ją widzi.",
        "tr": "Asistanımıza şu anda ulaşılamadığı için yanıt veremiyorum. Mesajınız güvende, yeniden"
        " yazmanıza gerek yok: yanıt mümkün olan en kısa sürede gelecek. Ekibimiz de mesajınızı"
        " görebiliyor.",
        "ru": "Сейчас я не могу ответить, потому что наш ассистент недоступен. Ваше сообщение"
        " сохранено, писать его ещё раз не нужно: ответ придёт, как только это станет возможно."
        " Коллеги тоже видят его.",
        "uk": "Зараз я не можу відповісти, бо наш асистент недоступний. Ваше повідомлення збережено,"
        " писати його ще раз не потрібно: відповідь надійде, щойно це стане можливо. Колеги також"
        " бачать його.",
        "el": "Δεν μπορώ να απαντήσω αυτή τη στιγμή, γιατί ο βοηθός μας δεν είναι διαθέσιμος. Το μήνυμά"
        " σας έχει αποθηκευτεί και δεν χρειάζεται να το γράψετε ξανά: η απάντηση θα έρθει το"
        " συντομότερο δυνατό. Το βλέπουν και οι συνάδελφοί μου.",
        "ar": "لا أستطيع الرد الآن لأن المساعد غير متاح حالياً. رسالتك محفوظة ولا حاجة إلى كتابتها مرة"
        " أخرى، وسيصلك الرد في أقرب وقت ممكن. ويمكن لزملائي أيضاً رؤيتها.",
        "ja": "ただいまアシスタントに接続できないため、お答えできません。"
        "メッセージは保存されていますので、もう一度お書きいただく必要はありません。"
        "できるだけ早くお返事いたします。担当者もメッセージを確認できます。",
        "zh": "目前无法连接到我们的助理，暂时不能答复您。您的消息已经保存，无需重新发送，"
        "我们会尽快答复。同事们也能看到您的消息。",
        "ko": "지금은 어시스턴트에 연결할 수 없어 답변을 드릴 수 없습니다. 메시지는 저장되어 있으니"
        " 다시 쓰지 않으셔도 됩니다. 가능한 한 빨리 답변드리겠습니다. 담당자도 메시지를 볼 수"
        " 있습니다.",
    }
)

DEFERRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "Today's automatic answers are used up. Your message is safe and will be answered as soon"
        " as there is room again, at the latest tomorrow.",
        "de": "Die automatischen Antworten für heute sind aufgebraucht. Ihre Nachricht ist sicher"
        " gespeichert und wird beantwortet, sobald wieder Platz ist, spätestens morgen.",
        "fr": "Les réponses automatiques d'aujourd'hui sont épuisées. Votre message est bien enregistré"
        " et recevra une réponse dès que possible, au plus tard demain.",
        "es": "Las respuestas automáticas de hoy se han agotado. Su mensaje está guardado y se"
        " responderá en cuanto sea posible, a más tardar mañana.",
        "it": "Le risposte automatiche di oggi sono esaurite. Il suo messaggio è al sicuro e riceverà"
        " risposta appena possibile, al più tardi domani.",
        "nl": "De automatische antwoorden van vandaag zijn op. Uw bericht is bewaard en wordt zo snel"
        " mogelijk beantwoord, uiterlijk morgen.",
        "pt": "As respostas automáticas de hoje esgotaram-se. A sua mensagem está guardada e será"
        " respondida assim que possível, o mais tardar amanhã.",
        "pl": "Dzisiejsze automatyczne odpowiedzi się wyczerpały. Wiadomość jest zapisana i otrzyma"
        " odpowiedź najszybciej, jak to możliwe, najpóźniej jutro.",
        "tr": "Bugünkü otomatik yanıtlar tükendi. Mesajınız güvende ve mümkün olan en kısa sürede, en"
        " geç yarın yanıtlanacak.",
        "ru": "Автоматические ответы на сегодня исчерпаны. Ваше сообщение сохранено, ответ придёт при"
        " первой возможности, самое позднее завтра.",
        "uk": "Автоматичні відповіді на сьогодні вичерпано. Ваше повідомлення збережено, відповідь"
        " надійде за першої можливості, щонайпізніше завтра.",
        "el": "Οι αυτόματες απαντήσεις για σήμερα εξαντλήθηκαν. Το μήνυμά σας έχει αποθηκευτεί και θα"
        " απαντηθεί μόλις είναι δυνατό, το αργότερο αύριο.",
        "ar": "انتهت الردود الآلية المتاحة اليوم. رسالتك محفوظة وسيصلك الرد في أقرب وقت ممكن، غداً على"
        " أبعد تقدير.",
        "ja": "本日の自動応答の上限に達しました。メッセージは保存されており、でき次第、"
        "遅くとも明日にはお返事いたします。",
        "zh": "今天的自动答复次数已用完。您的消息已经保存，我们会尽快答复，最迟明天。",
        "ko": "오늘의 자동 답변이 모두 소진되었습니다. 메시지는 저장되어 있으며 가능한 한 빨리, 늦어도"
        " 내일까지 답변드리겠습니다.",
    }
)
