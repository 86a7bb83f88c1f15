"""What we say ourselves, in Portuguese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handed_off": "Não consigo resolver isto sozinho, por isso passei o seu pedido a um colega, que"
        " vê tudo o que escreveu e responderá aqui.",
        "human_wanted": "Passei o seu pedido a um colega, que vê tudo o que escreveu e responderá aqui.",
        "desk_back": "A nossa equipa está de volta: {when}; antes disso ninguém pode responder.",
        "weekdays": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        "moment": "{weekday}, {at:%d/%m/%Y} às {at:%H:%M} (hora local, {place})",
        "leave_address": "Caso já não esteja aqui: escreva-me o seu endereço de e-mail e a resposta"
        " também lá chegará.",
        "goes_on": "Até lá, estou aqui para tudo o resto.",
        "with_a_human": "A sua mensagem está com o colega que trata do seu caso; a resposta chegará aqui.",
        "provider_down": "Neste momento não consigo responder, porque o nosso assistente não está"
        " acessível. A sua mensagem está guardada e um colega responderá aqui.",
        "waiting": "Neste momento não consigo responder, porque o nosso assistente não está acessível. A"
        " sua mensagem está guardada e não precisa de a escrever de novo: a resposta segue assim que"
        " possível. Os meus colegas também a podem ver.",
        "waiting_call": "Lamento, ainda não tenho uma resposta, porque o nosso assistente não está"
        " acessível neste momento. A sua pergunta está guardada e os meus colegas podem vê-la. Pode"
        " ficar em linha ou desligar.",
        "waiting_call_mail": "Lamento, ainda não tenho uma resposta, porque o nosso assistente não está"
        " acessível neste momento. A sua pergunta está guardada e, se desligar, a resposta chegará ao"
        " seu endereço de e-mail.",
        "in_doubt": "Fui interrompido durante a execução e não sei ao certo se resultou, por isso não"
        " tento de novo. Um colega está a verificar e responderá aqui.",
        "not_finished": "Isto exige mais passos do que consigo dar de uma vez, e ainda não terminei."
        " Quer que continue? Basta dizer-me, ou diga-me o que é mais importante para si.",
        "encrypted": "A sua mensagem chegou cifrada e não a podemos abrir aqui. Por favor, escreva-nos"
        " de novo sem cifra ou peça uma chamada.",
        "colleague_checks": "Um colega está a analisar o seu pedido. Saberá o resultado assim que houver"
        " uma decisão; ainda não foi feito nada.",
        "colleague_checks_matter": "Um colega está a analisar {matter}. Saberá o resultado assim que"
        " houver uma decisão; ainda não foi feito nada.",
        "in_danger": "Ainda bem que escreveu. Chamei um colega. Se corre perigo neste momento, ou se"
        " outra pessoa corre perigo, ligue já para o 112 ou para o número de emergência local.",
        "deferred": "As respostas automáticas de hoje esgotaram-se. A sua mensagem está guardada e será"
        " respondida assim que possível, o mais tardar amanhã.",
        "answer_later": "A resposta demora mais do que o habitual. A sua mensagem está guardada e a"
        " resposta seguirá nesta conversa.",
        "approval_matter": "o seu pedido",
        "approval_subject": "Sobre o seu pedido",
        "approval_done": "Analisado, aprovado e feito: {matter}.",
        "approval_failed": "Analisado e aprovado: {matter}. No entanto, não foi possível executá-lo; a"
        " equipa está a tratar disso e responderá aqui.",
        "approval_in_doubt": "Analisado e aprovado: {matter}. Fui interrompido durante a execução e não"
        " sei ao certo se resultou, por isso não tento de novo. A equipa está a verificar e responderá"
        " aqui.",
        "approval_denied": "Analisado, mas infelizmente não é possível: {matter}. Se tiver perguntas"
        " sobre isto, escreva-nos.",
        "approval_expired": "Lamentamos que ninguém tenha podido decidir a tempo: {matter}. Passei o"
        " assunto a um colega, que responderá aqui.",
        "code_subject": "O seu código de confirmação",
        "code_by_mail": "por e-mail",
        "code_by_voice": "ao telefone",
        "code_by_chat": "no nosso chat",
        "code_letter": "Bom dia,\n\n"
        "alguém que contactou {business} {where} diz que este endereço é seu. Se for o seu caso, este é"
        " o código:\n\n"
        "{code}\n\n"
        "É válido durante {minutes} minutos e uma única vez. Indique-o apenas na conversa em que o"
        " pediu. Nenhum de nós lhe telefonará ou escreverá para o pedir.\n\n"
        "Se não foi o seu caso, ignore este e-mail: sem o código ninguém consegue ver nada seu.\n\n"
        "{business}",
    }
)
