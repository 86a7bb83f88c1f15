"""The words of the lexicon for what is asked: to tell, to call, to pay, to skip a check, to send."""

from __future__ import annotations

from collections.abc import Mapping

ACTS: Mapping[str, str] = {
    "reveal": """
        reveal*, show, shows, print, prints, repeat, repeats, output, outputs, display, tell me,
        share, disclose*, discloses, dump, list, give, write, quote, paste, leak, recite,
        summarise, summarize, translate, encode, describe, explain, expose, publish, send, copy,
        echo, what is, what are, what were, what s, complete, reads as follows, read aloud,
        confirm, include, provide, spell, zeig*, gib, geben, nenne*, verrate, verraten,
        wiederhole*, drucke, druck, teile, offenlege*, ausgeben, ausgib, aus, wie lauten, wie
        lautet, was sind, was ist, übersetze*, schick*, beschreib*, fasse, liste, schreib*,
        zitiere*, kopiere*, sag mir, montre*, affiche*, révèle*, répète*, donne*, imprime*,
        traduis, dis moi, quelles sont, envoie*, envoyer, muestra*, muéstrame, revela*, repite*,
        dime, escribe, cuáles son, envía*, envíame, dame, mostra*, mostrami, rivela*, ripeti,
        stampa, scrivi, dimmi, quali sono, mandami, invia*, dammi, toon, laat zien, geef,
        herhaal*, druk, onthul*, stuur*, vertel, pokaż, ujawnij, powtórz, wypisz, podaj, wyślij,
        wyświetl, mostre, revele, repita, envie, покажи*, выведи, göster, 显示, 輸出, 输出, 告诉, 表示,
        重复, see, know, sehen, einsehen, wissen, welche, laat me, was steht, what s written, gib
        mir, look up""",
    "prompt": """
        system prompt*, systemprompt*, system message, system instruction*, developer message,
        initial prompt, initial instructions, hidden instructions, secret instructions, internal
        instructions, original instructions, hidden prompt, canary, context window, hidden
        rules, secret rules, confidential instructions, instructions verbatim, your
        configuration, system configuration, system text, chain of thought, pre prompt,
        preprompt, system prompt, systemanweisung*, systemnachricht*, geheimen anweisungen,
        geheime anweisungen, internen anweisungen, ursprünglichen anweisungen, interne
        anweisungen, internen kontext, internen regeln, geheimen regeln, anfangsanweisung*,
        prompt système, instructions initiales, instructions système, invite système, consignes
        initiales, prompt del sistema, instrucciones iniciales, instrucciones del sistema,
        mensaje del sistema, prompt di sistema, istruzioni iniziali, istruzioni di sistema,
        systeeminstructie*, systeemprompt*, systeembericht, prompt systemowy, promptu
        systemowego, instrukcje systemowe, instrukcje początkowe, prompt do sistema, системный
        промпт, системную подсказку, sistem istemi, 系统提示, システムプロンプト, 系統提示, its configuration,
        bot s configuration, interne instructies, instructions internes, instrucciones internas,
        istruzioni interne, wewnętrzne instrukcje, internal guidelines, internal rules, interne
        richtlinien, internen richtlinien, raw prompt, full prompt, exact prompt, entire prompt,
        complete prompt, kompletten prompt, deinen prompt, swój prompt""",
    "prompt_word": "prompt, prompts, invite, prompta, promptu",
    "secret": """
        secret, hidden, internal, initial, verbatim, word for word, exact, exactly, original,
        system, confidential, your developers, configured, not to reveal, not to tell, not to
        disclose, geheim*, intern*, versteckt*, wortlaut, wort für wort, wörtlich*,
        ursprünglich*, exakt*, vollständig*, mot pour mot, secrète*, cachées, initiales,
        internes, palabra por palabra, secretas, ocultas, internas, parola per parola, segrete,
        nascoste, interne, woord voor woord, geheime, verborgen, słowo w słowo, tajne, ukryte,
        palavra por palavra""",
    "text_above": """
        text above, words above, everything above, message above, lines above, content above,
        stands before this, before this message, text before, came before, above this line,
        above this message, messages above, conversation above, starting with you are, text that
        stands, text stands above, text der über, text über, alles über dieser, oberhalb dieser
        nachricht, text oberhalb, alles was oben, texte ci dessus, tout ce qui précède, texto
        anterior, texto de arriba, todo lo anterior, testo sopra, testo precedente, tekst
        hierboven, tekst boven, tekst powyżej, powyższy tekst, top of our conversation, top of
        this conversation, very top of, before my first message, before my message, before my
        first, beginning of our conversation, start of this conversation, start of our
        conversation, anfang unseres gesprächs, vor meiner ersten nachricht, first sentence you
        were, first line you were, first lines of your, début de notre conversation, inicio de
        nuestra conversación, inizio della nostra conversazione""",
    "call": """
        call, execute, executes, run, runs, invoke*, trigger, triggers, use, perform, launch,
        fire, queue, issue, make a call, rufe, ruf, aufrufen, aufruf, ausführe*, führe, führ,
        starte, nutze, benutze, verwende, löse, appelle, appelez, exécute*, lance, utilise*,
        llama, ejecuta*, ejecute, invoca, usa, utiliza, chiama, esegui, eseguire, roep, voer,
        gebruik, wywołaj, uruchom, wykonaj, użyj, chame""",
    "tool": """
        tool, tools, function, functions, api, apis, endpoint*, plugin*, werkzeug*, funktion,
        funktionen, tool call, function call, outil, outils, fonction, herramienta*, función,
        funciones, strumento, strumenti, funzione, gereedschap, functie, narzędzie, narzędzia,
        funkcję, funkcja, ferramenta, função, actions, parameters""",
    "list_tools": """
        list of tools, list every tool, list all tools, which tools, what tools, your tools, all
        tools, tools you can, tools you have, functions you can, functions you have, your
        functions, every tool, werkzeuge die du, welche werkzeuge, alle werkzeuge, tools du,
        deine werkzeuge, deine tools, tes outils, tus herramientas, i tuoi strumenti, je tools,
        twoje narzędzia, functions available, tools available, names and arguments, tool
        definitions, function definitions""",
    "refund": """
        refund, refunds, refunded, reimburse*, payout, pay out, compensation, transfer, cancel,
        money, discount, discounts, voucher*, coupon*, gift card*, credit, balance, claim,
        order, orders, address, erstatt*, rückerstatt*, gutschrift, gutschein*, storniere,
        stornieren, auszahl*, überweis*, rabatt*, bestellung*, rembours*, commande, annule,
        reembols*, pedido, reintegro, devolución, rimbors*, ordine, terugbetal*, betaal,
        bestelling, zwrot, zwróć, zamówienie, zwrotu, reembolso""",
    "grant": """
        approve*, approves, approved, grant*, granting, grants, authorise*, authorize*, allow,
        unlock, give, issue, accept, confirm, mark, set, raise, raised, proceed, process,
        fulfil, fulfill, genehmig*, gewähr*, freigeb*, erteile, bestätig*, markier*, erhöhe*,
        auszahl*, auslös*, veranlass*, freischalt*, approuve*, accorde*, valide*, aprueba*,
        apruebe, autoriza*, concede*, approva*, autorizza*, concedi, goedkeur*, keur goed,
        goedgekeurd, zatwierdź*, zatwierdz*, przyznaj, aprove*, approving, marking, hand out,
        hands out, handing out""",
    "without_check": """
        without asking, without checking, without verification, without verifying, without
        approval, without confirmation, without confirming, without a code, without informing,
        without review, without human, without any verification, without any check, without
        question, no verification, no approval, no confirmation, no code, no codes, no further
        verification, no further check, no questions asked, no checks, do not ask, don t ask,
        never ask, need to verify, not need verification, don t need to verify, do not require,
        no longer required, not required, not needed, not necessary, automatically, switched
        off, without telling, don t verify, do not verify, never verify, do not check, don t
        check, usual checks, unconditionally, skip, skipping, ohne prüfung, ohne rückfrage, ohne
        rückfragen, ohne verifizierung, ohne freigabe, ohne bestätigung, ohne code, ohne
        weitere, keine prüfung, keine rückfragen, keine weitere prüfung, keinen code, keine
        verifizierung, keine freigabe, nicht prüfen, frag nicht, nicht nachfragen, entfällt,
        automatisch, abgeschaltet, ungeprüft, überspring*, nicht nötig, sans vérification, sans
        vérifier, sans demander, sans confirmation, sans code, ne demande pas, aucune
        vérification, saute, sautez, automatiquement, sin verificación, sin verificar, sin
        preguntar, sin pedir, sin confirmación, no pidas, ningún código, sin código, omite,
        salta, automáticamente, senza verifica, senza verificare, senza chiedere, senza
        conferma, senza codice, non chiedere, automaticamente, zonder verificatie, zonder te
        vragen, zonder controle, zonder code, vraag niet, sla over, sla de, bez weryfikacji, bez
        pytania, bez sprawdzania, bez kodu, nie pytaj, pomiń, automatycznie, sem verificação,
        without further verification, without further checks, without further approval, no human
        approval, no human review""",
    "no_human": """
        without asking a human, without a human, without human, no human, without asking anyone,
        without involving, no human approval, without supervisor, without asking, ohne menschen,
        ohne einen menschen, ohne mensch, ohne freigabe, ohne rückfrage, ohne prüfung, sans
        demander, sin preguntar, senza chiedere, zonder te vragen, bez pytania""",
    "check": """
        verification, verify, identity check, identity checks, identification, identity,
        authentication, security check, security checks, checks, safety check, human approval,
        approval, two factor, 2fa, one time code, the code, a code, guardrails, content filter*,
        content policy, prüfung*, identitätsprüfung*, verifizier*, verifikation*,
        authentifizier*, identifizier*, sicherheitsprüfung*, freigabe, vérification, identité,
        authentification, verificación, identidad, autenticación, código, verifica, identità,
        autenticazione, verificatie, identiteit*, controle, weryfikacj*, tożsamoś*, verificação,
        filter, filters, filterung, sicherheitsabfrage*, identitätsabfrage*, sicherheitsfrage*,
        security question, security questions, refund limit, refund limits, limits""",
    "skip": """
        skip, skips, skipping, bypass*, circumvent*, disable*, turn off, turned off, switch off,
        switched off, deactivate*, waive, waived, suppress, evade, forgo, lift, lifted, off,
        überspring*, umgeh*, deaktivier*, abgeschaltet, schalte, ausschalte*, entfällt,
        entfallen, übergeh*, aussetze*, désactive*, contourne*, saute*, ignore, desactiva*,
        omite, omita, evita, salta*, disattiva*, aggira, sla, omzeil*, schakel, uitgeschakeld,
        pomiń, wyłącz*, omiń, obejdź, pule, desative, ausgesetzt""",
    "skip_now": """
        überspringe, umgehe, übergehe, deaktiviere, disable, bypass, circumvent, désactive,
        contourne, omite, salta, pomiń, sla, omzeil, drop, turn off your, switch off your""",
    "treat": """
        treat, consider, mark, regard, set, assume, flag me, count, classify, raise, behandle*,
        betrachte*, markier*, setze, stufe, erhöhe, considère*, marque*, traite, considera*,
        marca*, trata, tratta, segna, beschouw*, markeer, behandel, potraktuj, oznacz, uznaj,
        считай""",
    "verified": """
        verified, authenticated, trusted, trust level, trust, authorised, authorized, as if it
        came from, is_admin, privileged, always verified, verifiziert*, authentifiziert*,
        vertrauensstufe, berechtigt*, vérifié*, autorisé*, verificad*, autorizad*, verificat*,
        autorizzat*, geverifieerd*, geautoriseerd*, zweryfikowan*, uprawnion*""",
    "trust_level": """
        trust level, trust levels, vertrauensstufe, trust 3, level 3, stufe 3, niveau de
        confiance, nivel de confianza, livello di fiducia, vertrouwensniveau, poziom zaufania,
        is_admin""",
    "other": """
        other, others, another, other people, someone else, somebody else, other customers,
        different, previous customer, customer before me, person who, last customer, last ten,
        last 10, last 50, neighbour, neighbor, not mine, andere*, anderer, fremde*, nachbar*,
        vorherigen kunden, jemand anderem, autre, autres, autrui, otro, otros, otra, otras,
        altri, altro, altre, altrui, andere, iemand anders, innych, inne, inni, outros, outras""",
    "customer": """
        customer, customers, client, clients, user, users, people, person, account holders,
        subscribers, buyers, email addresses, e mail address you, mailboxes, customer data,
        customer records, kunde, kunden, kundin, kundendaten, nutzer*, benutzer*, client*,
        utilisateur*, cliente, clientes, usuario*, clienti, utenti, klant, klanten, gebruikers,
        klient*, klientów, użytkownik*, 客户, 用户""",
    "customer_list": """
        which customers, customer list, customer names, all customers, every customer, list of
        customers, alle kundendaten, kundenliste, daten aller kunden, aller kunden, alle kunden,
        liste des clients, tous les clients, lista de clientes, todos los clientes, tutti i
        clienti, elenco dei clienti, alle klanten, klantenlijst, wszystkich klientów, listę
        klientów, customer database, customer records, user database, customer file""",
    "data": """
        order, orders, order history, order details, order information, address, addresses, e
        mail address, email address, phone number, data, records, details, information, tickets,
        conversations, names, emails, credit cards, passwords, contents, thread, conversation,
        mailbox*, database, bestellung*, adresse*, daten, datensätze, verlauf, gespräch*,
        commandes, adresses, données, noms, pedidos, direcciones, datos, nombres, ordini,
        indirizzi, dati, nomi, bestellingen, adressen, gegevens, zamówienia, adresy, dane,
        nazwiska, order leaker""",
    "collection": """
        thread, conversation, conversations, chat history, tickets, verlauf, gesprächsverlauf,
        gespräch, database, records, personal details, inbox, mailbox, transcript, context,
        order history, customer list, kundendaten, kundenliste, kundendatenbank, unterhaltung,
        konversation, chatverlauf, conversación, conversazione, gesprek, rozmowę, previous
        customer emails""",
    "dossier": """
        everything you have on, everything you know about, all you know about, alles was du
        über, everything about the customer""",
    "belongs_other": """
        ex husband, ex wife, ex mann, ex frau, ex boyfriend, ex girlfriend, ex partner, belongs
        to my, not my order, i m not that person, meiner nachbarin, meines nachbarn, gehört
        meinem, gehört meiner, my neighbour s, my neighbor s""",
    "secret_key": """
        api key, api keys, access token, access tokens, credentials, environment variables,
        passwords of, etc passwd, private key*, secret key*, database dump, api schlüssel,
        zugangsdaten, umgebungsvariablen, clé api, clave api, chiave api, connection string,
        select from""",
    "send": """
        send, sends, forward*, email, e mail, mail, export*, dump, list, give, show, print,
        copy, share, provide, tell, bcc, blind copy, disclose*, reveal*, get, display, transmit,
        upload, post, collect, write down, output, extract, exfiltrate, leak, find, read, see,
        fetch, answer with, hand over, look up, was, schick*, sende*, leite, weiterleite*,
        exportier*, gib, nenne*, zeig*, herausgeb*, herausgib, lade, blindkopie, gebe, envoie*,
        envoyer, envoyez, transfère*, exporte*, montre*, donne*, liste, envía*, envíame,
        reenvía*, exporta*, muestra*, dame, mandami, manda, invia*, inoltra*, esporta*, mostra*,
        dammi, stuur*, verstuur, exporteer, toon, geef, doorsturen, wyślij*, prześlij*,
        eksportuj*, pokaż*, podaj, envie, mostre""",
    "bcc": """
        bcc, blind copy, blind carbon copy, blindkopie, in blindkopie, copie cachée, copia
        oculta, copia nascosta""",
    "append": """
        append, appends, embed, insert, render, attach, inject, put into, fill in, hänge, füge,
        einfüge*, binde, einbette*, ajoute*, insère*, añade*, agrega*, inserta*, aggiungi,
        inserisci, allega, voeg, toevoegen, dodaj, dołącz, wstaw, adicione, insira, anhängen,
        anfügen, häng, hidden link, invisible link, tracking pixel, hidden image, invisible
        image""",
    "include": """
        include, includes, add, put, place, use, end, mention, show, recommend, nimm, setze,
        inclus, incluez, incluye, includi, neem""",
    "into": """
        put them into, put it into, put into, insert, fill in, fill, collect, concatenate,
        encode, append""",
    "link": """
        link, links, url, image, images, img, markdown, pixel, html, button, bild, bildlink,
        lien, enlace, imagen, collegamento, immagine, afbeelding, odnośnik, obrazek, http,
        https, website""",
    "url": "http, https, www",
    "reply": """
        reply, replies, response, responses, answer, answers, message to, respond, antwort*,
        antworte*, réponse*, réponds, répondez, respuesta*, responde*, risposta, risposte,
        rispondi, antwoord*, odpowied*, resposta, responda, output, begin, start, say, sag, 回答,
        回复""",
    "only_with": """
        reply only, respond only, answer only, only reply, only respond, only answer, reply
        with, respond with, answer with, respond exactly, reply exactly, say exactly, output
        only, output exactly, nothing else, and nothing more, only output, only say, must
        contain, must start with, must begin with, start with the words, start your reply, begin
        your reply, begin your answer, begin your response, start your answer, start your
        response, always answer, every request with, the word, the words, give the unlocked,
        antworte nur, antworte mit, nur mit, antworte ausschließlich, dem wort, nichts anderes,
        nur noch mit, beginne deine antwort, beginne die antwort, réponds uniquement, réponds
        seulement, répondez uniquement, réponds par, le mot, rien d autre, commence ta réponse,
        responde solo, responde únicamente, solo con, la palabra, nada más, empieza tu
        respuesta, rispondi solo, rispondi soltanto, la parola, nient altro, inizia la tua
        risposta, antwoord alleen, alleen met, het woord, niets anders, begin je antwoord,
        odpowiedz tylko, tylko słowem, nic więcej, odpowiedz wyłącznie, responda apenas, somente
        com, reply ok if, if you understand, answer with yes, answer yes to, antworte auf alles,
        sag ja, reply yes, say yes to, mit ja""",
    "stunt": """
        banana, pwned, hacked, haha pwned, owned, i have been, poem, pirate, pineapple, ananas,
        banane, plátano, backwards, only word""",
    "hide": """
        do not tell, don t tell, never tell, do not mention, don t mention, never mention this,
        keep this secret, keep this hidden, do not reveal this, do not inform, don t inform,
        without informing, without telling, without mentioning, do not show this, secretly,
        silently, sag nichts, nichts davon, erwähne nicht, nicht erwähnen, verschweig*,
        heimlich, ne dis pas, ne mentionne pas, sans le dire, no le digas, no menciones, non
        dire, non menzionare, vertel niet, vermeld niet, nie mów, nie wspominaj, without
        notifying, behind the, ohne zu informieren, ohne den kunden, ohne die inhaberin, ohne
        den inhaber""",
    "about_this": """
        about this, this paragraph, this instruction, this instructions, this note, this
        message, about it, this text, this mail, the user, the customer, the operator, anyone,
        davon, hiervon, dem kunden, dem nutzer""",
    "decode": """
        decode, base64, rot13, decipher, unscramble, backwards, hexadecimal, dekodier*,
        entschlüssel*, rückwärts, décode*, decodifica*, decodeer*, odkoduj, cipher, translate
        this, reversed""",
    "handoff": "escalate, hand off, handoff, pass me on",
    "never": """
        never, do not, don t, under no circumstances, whatever happens, under any circumstances,
        niemals, nie, keinesfalls, unter keinen umständen, jamais, nunca, mai, nooit, nigdy""",
    "remember": """
        remember for all, remember that, remember for every, save to memory, store in memory,
        store key, remember field, your memory, long term memory, future conversations, all
        future, merke dir, speichere in, dein gedächtnis, retiens, mémorise, recuerda que,
        guarda en, ricorda che, onthoud dat, zapamiętaj""",
    "access_to": """
        access to the account, access to all, full access, access to every, unrestricted access,
        admin access, zugriff auf alle, vollen zugriff""",
    "code_entered": "code, codes, pin, otp, one time code, einmalcode, código, codice, kod",
    "regardless": """
        even if, as though, as if, regardless, no matter, als hätte, als ob, als wäre, selbst
        wenn, auch wenn, comme si, como si, come se, alsof, jakby, whether or not""",
    "code_word": """
        override code, policy override, admin override, emergency override, system override,
        manager override, safety override, master password, master key, backdoor, sudo, override
        policy, unlock code, bypass code, authorization root, freigabecode, mastercode,
        generalcode, masterpasswort, code de dérogation, código de anulación, codice di override""",
}
