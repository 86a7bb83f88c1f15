"""The words of the lexicon for who speaks to whom, and with what claim to be obeyed."""

from __future__ import annotations

from collections.abc import Mapping

STEERING: Mapping[str, str] = {
    "ignore": """
        ignore, disregard*, forget, forgets, discard, overlook, neglect, bypass*, override,
        overrule, overwrite, supersede*, nullify, revoke*, abandon, void, unlearn, suspend,
        cease, replaced, invalid, deactivate, disable*, drop, opposite of, instead of, set
        aside, pay no attention, take no notice, do not follow, don t follow, no longer follow,
        stop following, do not obey, don t obey, no longer bound, not bound, no longer apply, do
        not apply, don t apply, stop obeying, wipe, erase, violate, ignorier*, vergiss,
        vergesse*, missacht*, übergeh*, überschreib*, verwirf, verwerfe*, umgeh*, ungültig,
        außer acht, außer kraft, hinwegsetze*, nicht mehr an, nicht länger an, beachte nicht,
        nicht beachten, nicht beachte, entfallen, gelten nicht, hinfällig, aufgehoben, breche,
        brich, ignorez, oublie, oubliez, oublier, ignorer, fais abstraction, faites abstraction,
        contourne*, ne tiens pas compte, ne tenez pas compte, ne tenir pas compte, négligez,
        néglige, désobéis, laisse tomber, ignora, ignoren, ignorad, olvida*, olvide*, caso
        omiso, no hagas caso, no haga caso, descarta, descarte, omite, omita, anula, pasa por
        alto, no sigas, no tengas en cuenta, desobedece, ignorare, ignorate, ignori, dimentica*,
        scorda*, trascura*, non seguire, non tenere conto, tralascia, negeer, negeren, vergeet,
        vergeten, sla over, volg niet, trek je niets aan, laat buiten beschouwing, zignoruj*,
        ignoruj*, ignorować, zapomnij*, pomiń, pomijaj, odrzuć, nie przestrzegaj, esqueça,
        esqueca, desconsidere, ignorem, игнорируй*, забудь*, проигнорируй*, yok say, görmezden
        gel, unut, 忽略, 忽視, 无视, 無視, 忘记, 忘れ, ne respecte plus, ne respecte pas, ne suis plus, n
        obéis plus, no respetes, reset, gelten nicht mehr, no longer valid""",
    "instruction": """
        instruction, instructions, instruct, directive*, directions, guideline*, guardrail*,
        rules, rule, restrictions, constraint*, programming, safeguards, safety, filters, system
        message, system text, polic*, training, limitations, programmed, anweisung*,
        instruktion*, vorgabe*, regeln, regel, richtlinie*, einschränkung*, befehl*,
        beschränkung*, weisung*, systemanweisung*, systemnachricht*, leitplanken,
        schutzmaßnahme*, leitlinie*, vorschriften, auftrag, aufträge, consigne*, directives,
        règle*, restriction*, contrainte*, politique*, instruccion*, indicacion*, directri*,
        regla, reglas, normas, restriccion*, políticas, istruzion*, direttiv*, regola, regole,
        indicazion*, restrizion*, vincoli, politiche, instructie*, regels, richtlijn*,
        opdracht*, beperking*, aanwijzing*, voorschriften, instrukcj*, polecen*, polecenia,
        zasad, zasady, zasadach, wytyczn*, reguł*, ogranicz*, instruç*, regras, diretriz*,
        инструкц*, указани*, правил*, talimat*, kurallar*, 指令, 指示, 规则, 規則, 提示""",
    "policy": """
        policy, policies, company policy, unternehmensrichtlinie*, richtlinie*, politique*,
        política*, politica""",
    "earlier": """
        previous*, prior, above, earlier, preceding, former, foregoing, before, so far,
        existing, original, initial, up to now, until now, given, already, you had, were told,
        you received, outdated, at the top, vorherig*, vorangegangen*, bisherig*, obig*,
        obenstehend*, früher*, vorig*, vorstehend*, oben, ursprünglich*, bestehend*, davor,
        zuvor, vorher, bisher, vorhergehend*, anfänglich*, précéden*, antérieur*, ci dessus,
        avant, initial*, préalable*, reçues, anterior*, previa*, previo*, arriba, iniciales,
        precedent*, sopra, prima, iniziali, finora, vorige, eerdere, bovenstaande, voorgaande,
        hierboven, oorspronkelijke, poprzedni*, wcześniejsz*, powyższ*, dotychczasow*,
        предыдущ*, önceki, 之前, 以前, 以上, これまで, 先前, 上述""",
    "every": """
        all, any, every, everything, each, entire, whole, complete, full, list of, database,
        those, these, alle, alles, allen, aller, sämtlich*, samtlich*, jegliche*, jede, jeden,
        gesamt*, komplett*, vollständig*, liste, toutes, tous, tout, liste des, todas, todos,
        todo, lista, tutte, tutti, tutto, elenco, lijst, wszystkie, wszystkich, wszystko, listę,
        todas as, все, всё, tüm, 所有, すべて, 全部""",
    "your": """
        your, yours, you, dein*, dir, dich, du, ihre, ihren, ihr, tes, ton, ta, vos, votre, tu,
        tus, sus, su, vuestra*, tuo, tue, tuoi, tua, sue, je, jouw, jullie, uw, swoje, swoich,
        swój, twoje, twoich, suas, твои, 你的, 您的, あなた""",
    "you_are": """
        you are, you re, you will be, you become, you have been, your identity, your name is, du
        bist, sie sind, bist du, sei ein, tu es, vous êtes, eres, usted es, sei, je bent, jij
        bent, jesteś, você é""",
    "now": """
        now, from now on, from this moment, from this point, henceforth, going forward, until
        further notice, no longer, instead, jetzt, nun, ab sofort, ab jetzt, von nun an,
        künftig, maintenant, désormais, à partir de maintenant, ahora, a partir de ahora, da ora
        in poi, da adesso, ora, d ora in poi, vanaf nu, nu, voortaan, od teraz, teraz, agora, a
        partir de agora""",
    "pretend": """
        pretend, act as, acts as, acting as, behave as, behave like, role play, roleplay,
        simulate, imagine you, imagine that you, imagine being, play the role, stay in
        character, in character, persona*, take the role, assume the role, answer as, respond
        as, speak as, talk to me like, hypothetically, let s play, tu so, tue so, tun sie so,
        verhalte dich, spiele die rolle, spiel die rolle, stell dir vor du, schlüpf*,
        rollenspiel, agis comme, agissez comme, fais semblant, faites semblant, joue le rôle,
        comporte toi, actúa como, actue como, finge, haz de cuenta, compórtate como, comportati
        come, fai finta, fingi, agisci come, doe alsof, gedraag je, speel de rol, udawaj,
        zachowuj się, wciel się, finja, aja como, tu einfach so, alternate universe, alternative
        universe, parallel universe, in this universe, fiction, fictional, story in which,
        fingir, pretending""",
    "machine": """
        ai, a i, ais, llm, llms, language model, language models, chatbot, chatbots, bot, bots,
        assistant, assistants, ai agent, ai agents, ai assistant, virtual assistant, chatgpt,
        gpt, gpt4, openai, copilot, gemini, llama, neural network, automated system, automated
        agent, automated systems, automated assistant, machine, model, models, robot,
        autoresponder, ki, k i, sprachmodell*, assistent, assistenten, assistentin, modell,
        automat, automatisierte systeme, kis, ia, i a, modèle de langage, modèle, assistant ia,
        modelo de lenguaje, modelo, asistente, agente, modello linguistico, modello, assistente,
        taalmodel*, model językowy, modelu językowego, asystent*, asystencie, modelo de
        linguagem, ии, ассистент*, 人工智能, 语言模型, yapay zeka""",
    "language_model": """
        language model, language models, llm, llms, sprachmodell*, modèle de langage, modelo de
        lenguaje, modello linguistico, taalmodel*, model językowy, modelu językowego, modelem
        językowym, modelo de linguagem, chatgpt, ai agent, ai agents, ki agent*, ai system, ai
        systems, ki system*, ai model, ai models, automated agent, automated agents, gpt, 语言模型,
        automated readers, automated reader, automatic readers, automatische leser, ai readers,
        ai screening, ai assistants, automated parsers, lecteurs automatiques, lectores
        automáticos""",
    "if_you_are": """
        if you are, if you re, if this is being, whichever, whatever, any ai, any bot, any
        assistant, any automated, falls du, wenn du, sollte*st du, sofern du, si tu es, si vous
        êtes, si eres, si usted es, se sei, als je, als jij, indien je, jeśli jesteś, se você""",
    "note_to": """
        note to, notes to, note for, note to any, attention, message to, message for, messages
        for, instruction for, instructions for, instructions to, addressed to, memo to, notice
        to, reminder to, hint for, directive for, important for, hinweis an, hinweis für, notiz
        an, notiz für, anmerkung für, nachricht an, anweisung an, anweisung für, anweisungen
        für, wichtig für, note à, note pour, note à l, message pour, message à, à l attention,
        nota para, nota a, nota al, mensaje para, atención, nota per, messaggio per, attenzione,
        notitie voor, bericht voor, let op, notatka dla, uwaga dla, wiadomość dla, nota para o,
        to the ai, to the bot that, to the model, to the assistant that, to the llm, to
        whichever, to any ai, for any ai, for the ai, an den bot der, an die ki, an das modell,
        an das sprachmodell, an den assistenten der, achtung ki, achtung bot, für die ki, meant
        for, intended for, richtet sich an, bestimmt für, agents and bots, attention to, destiné
        à, hidden note""",
    "hail": """
        dear, hey, hello, hi, liebe, lieber, hallo, cher, chère, querido, querida, cara, caro,
        beste""",
    "reads": """
        reading, reads, read, processing, process, processes, summarising, summarizing,
        summarises, summarizes, summarise, summarize, parsing, handling, handles, analysing,
        analyzing, triaging, evaluating, liest, lesen, verarbeite*, bearbeite*, zusammenfass*,
        auswerte*, lisant, lis, traite, traitant, lees, leyendo, procesa*, procesando, legge,
        leggendo, elabora, leest, verwerkt, czyta*, przetwarza*""",
    "must": """
        must, should, shall, have to, need to, required, comply, obey, obligated, mandatory,
        please, ordered to, supposed to, treat, task, permission, permitted, allowed to,
        authorised, authorized, free to, muss, müssen, musst, sollst, sollen, soll, darfst,
        dürfen, darf, erlaubnis, verpflichtet, gehorche*, aufgabe, doit, doivent, dois, devez,
        peux, debes, debe, deben, puedes, devi, deve, devono, puoi, moet, moeten, mag, musisz,
        powinieneś, należy""",
    "told": """
        told, said, instructed, taught, learned, given, gesagt, gelernt, beigebracht,
        mitgeteilt, dit, appris, dicho, aprendido, detto, imparato, gezegd, verteld,
        powiedziano, context, you were told, were you told, told not to""",
    "i_am": """
        i am, i m, this is, as the, as your, here is, i work, i belong, we are, we re, from the,
        comes from, speaking, ich bin, hier ist, hier schreibt, hier spricht, als, dies ist, wir
        sind, je suis, c est, ici, nous sommes, soy, somos, este es, habla, sono, siamo, qui, ik
        ben, wij zijn, dit is, jestem, tu, jesteśmy, sou, message from, nachricht von""",
    "admin": """
        administrator, administrators, admin, sysadmin, superuser, root, developer, developers,
        creator, programmer, engineer, operator, ceo, head of support, head of it, security
        team, compliance team, internal compliance, it department, staff, employee, platform
        team, red team, penetration test, systemadministrator*, systemverwalter, entwickler*,
        programmierer, schöpfer, betreiber, geschäftsführung, sicherheitsteam, administrateur,
        développeur, créateur, administrador, desarrollador, creador, amministratore,
        sviluppatore, creatore, systeembeheerder, beheerder, ontwikkelaar, maker,
        administratorem, administratora, programistą, twórcą, superadmin, moderator, auditor""",
    "system_owner": """
        system administrator, your developer, your developers, your creator, your programmer,
        your engineer, your operator, your owner, your maker, your administrator, your admin,
        administrator of the gateway, administrator of the system, administrator of this system,
        administrator of this platform, system s administrator, gateway administrator, company
        that built you, company that made you, who built you, who made you, who created you, who
        programmed you, built you, trained you, systemadministrator, dein entwickler, deine
        entwickler*, dein programmierer, dein schöpfer, dein betreiber, dein administrator,
        administrator des systems, administrator dieses systems, administrateur du système, ton
        développeur, ton créateur, votre développeur, administrador del sistema, tu
        desarrollador, tu creador, amministratore del sistema, il tuo sviluppatore, tuo
        sviluppatore, tuo creatore, systeembeheerder, je ontwikkelaar, jouw ontwikkelaar,
        administratorem systemu, twoim programistą, twoim twórcą, administrador do sistema""",
    "vendor": """
        openai, anthropic, oxlo, google deepmind, deepmind, mistral ai, meta ai, switchboard""",
    "boss": """
        manager, manager s, supervisor, supervisors, management, boss, ceo, director, head of,
        superior, team lead, vorgesetzt*, geschäftsführ*, chef, chefin, abteilungsleit*,
        teamleit*, leitung, filialleit*, responsable, directeur, gérant, gerente, jefe,
        direttore, responsabile, capo, baas, leidinggevende, kierownik*, szef, szefa,
        przełożon*, zespołu""",
    "mode": """
        developer mode, dev mode, debug mode, admin mode, administrator mode, god mode,
        maintenance mode, unsafe mode, dan mode, root mode, sudo mode, test mode, diagnostic
        mode, unrestricted mode, jailbreak mode, service mode, evil mode, opposite mode,
        entwicklermodus, wartungsmodus, debugmodus, debug modus, adminmodus, admin modus,
        testmodus, gottmodus, mode développeur, mode administrateur, mode debug, modo
        desarrollador, modo administrador, modo debug, modalità sviluppatore, modalità
        amministratore, ontwikkelaarsmodus, beheerdersmodus, tryb programisty, tryb dewelopera,
        tryb administratora, admin session""",
    "switch": """
        enter, activate*, enable, switch to, switch into, turn on, go into, you are in, continue
        in, run in, now in, wechsle, wechsel, aktivier*, schalte, gehe in, active, activez,
        passe en, activa, entra en, cambia a, attiva, entra in, activeer, schakel, aktywuj,
        włącz, przejdź""",
    "unbound": """
        jailbreak*, jailbroken, do anything now, no restrictions, without restrictions, without
        any restrictions, unrestricted, unfiltered, uncensored, without filters, without any
        filters, no filters, no rules, without rules, without limits, no limits, no content
        policy, not bound by, never refuse, never refuses, cannot refuse, free from, free of
        all, act without, all restrictions, restrictions lifted, guardrails are disabled, has no
        rules, have no rules, had no rules, no longer bound, ignores policies, anything i ask,
        obeys me, unlocked, without constraints, uneingeschränkt*, ohne regeln, ohne
        einschränkung*, ohne beschränkung*, ohne filter, keine regeln, keine einschränkungen,
        unzensiert, sans restriction, sans restrictions, aucune restriction, sans filtre, sans
        règles, sans limites, sin restricciones, sin filtros, sin reglas, sin límites, ninguna
        restricción, senza restrizioni, senza filtri, senza regole, senza limiti, alcuna
        restrizione, zonder beperkingen, zonder filters, zonder regels, bez ograniczeń, żadnych
        ograniczeń, bez filtrów, bez zasad, sem restrições""",
    "persona": """
        dan, stan, aim, evil, hacker, terminal, console, shell, linux, max, refundbot, leaker,
        pirate, admin, administrator, manager, developer, filialleiter, owner, expert, refund
        bot, superuser, root, grandmother, grandma, oma, opposite, system""",
    "new": """
        new, updated, real, actual, true, following, corrected, changed, revised, current, next,
        only, sole, primary, secret, first, effective, neue, neuer, neuen, neues, aktualisiert*,
        echte, eigentlich*, folgende*, geänderte*, einzige, nächste, nouvelle*, nouveau,
        véritable, suivant*, nueva*, nuevo*, verdadera*, siguiente*, única, nuova, nuove, nuovo,
        vera, seguent*, nieuwe, volgende, enige, nowe, nowa, nowy, prawdziwe, następujące, nova,
        novas""",
    "task": """
        task, tasks, goal, purpose, objective, mission, job, role, identity, assignment,
        priority, directive, aufgabe*, ziel, zweck, auftrag, rolle, tâche, objectif, rôle,
        tarea, objetivo, misión, compito, obiettivo, scopo, taak, doel, opdracht, zadanie, cel,
        tarefa""",
    "follow": """
        follow, obey, obeys, execute, comply, adhere, heed, act on, do what, do exactly, does
        what, carry out, speak only, befolge*, folge, gehorche*, halte dich, ausführe*, tu was,
        suis, obéis, exécute, respecte, sigue, obedece, cumple, segui, obbedisci, esegui, volg,
        gehoorzaam, voer, wykonaj, słuchaj, postępuj, siga, obedeça""",
    "system": """
        system, gateway, platform, server, console, kernel, systems, système, sistema, systeem,
        systemu, automated, the model, the assistant, configuration""",
    "disabled": """
        guardrails are disabled, guardrails are off, safety is off, filters are off, disable all
        guardrails, policy off, verification off, verification is switched off, restrictions
        lifted, were a test, was a test, real task, is part of your system, part of your system
        configuration, have been reset, you have been reset, receive commands, permission to,
        you may now, you may share, may disclose, free access, full access, access to
        everything, reset your context, reset yourself, clear your context, start fresh, clear
        your memory, wipe your memory, marked safe, pre screened""",
    "product": """
        delivery, shipping, deliver, assembly, assemble*, washing, wash, care, cleaning, clean,
        return, returns, returning, packing, packaging, gift, courier, driver, installation,
        install, mounting, setup, set up, manual, booklet, parcel, warranty, carrier, recipe,
        cooking, brewing, game, games, game i, label, leaflet, printer, remote, lamp, lieferung,
        versand, aufbau, montage, pflege, rücksendung, rückgabe, fahrer, paket, gebrauch, spiel,
        spiels, garantie, retour, livraison, montaje, envío, entrega, consegna, montaggio,
        bezorg*, dostaw*, montaż, delivering, opened, geöffnete, terms, bedienung, fernbedienung""",
    "mine": """
        my, our, mine, i gave, i sent, i wrote, meine, meiner, meinen, unsere, unseren, mes,
        mis, mie, mijn, moje""",
    "imperative_to_you": """
        you must, you should, you have to, you shall, you will, you may, you can, you need to,
        you are to, you are allowed, your answer must, your next action, you only, you always,
        you never, you speak, you approve*, you grant, du musst, du sollst, du darfst, du wirst,
        tu dois, vous devez, debes, tienes que, devi, je moet, musisz, skip your, you have, you
        are permitted, you are authorised, you are authorized, du hast""",
    "loophole": """
        for testing purposes, for debugging, for diagnostic*, penetration test, run a
        diagnostic, diagnostic, for an audit, internal audit, security audit, zu testzwecken,
        für testzwecke, test purposes, debugging, pentest""",
    "command": """
        command, commands, first command, befehl*, commande, comando*, polecenie, opdracht""",
    "prompt_reply": """
        prompt reply, prompt response, prompt delivery, prompt answer, prompt help, prompt
        service, prompt action, prompt shipping, prompt dispatch, prompt refund, prompt
        handling, prompt attention, prompt feedback, prompt payment, prompt and, prompt
        assistance, command prompt""",
    "owner_word": "administrator, admin, owner, vip, staff, manager",
    "commands": "commands, orders given, everything you were told",
    "new_orders": """
        your new instructions, your new instruction, new instructions are, new instruction, new
        system prompt, your new rules, neue anweisung, neue anweisungen, neue regeln, nouvelles
        instructions, nouvelle instruction, nuevas instrucciones, nueva instrucción, nuove
        istruzioni, nuova istruzione, nieuwe instructies, nieuwe instructie, nowe instrukcje,
        nowa instrukcja, novas instruções, real instructions, actual instructions, updated
        instructions, real task, true instructions, corrected instructions, only valid
        instructions, following are the only, new directive, new directives, new task, neue
        aufgabe, nouvelle tâche, nueva tarea, nuovo compito, nieuwe taak, nowe zadanie, actual
        task, next instruction, next instructions""",
    "user_question": """
        user s original question, user s question, user s request, customer s question, customer
        s request, customer s original, what the user, what the customer, user asked, customer
        asked""",
    "say_that": """
        write that, state that, claim that, say that the, tell the agent, tell the customer,
        tell the user, schreib dass, sag dass, report that""",
    "precedence": """
        take precedence, takes precedence, higher priority than, haben vorrang, hat vorrang,
        priority over, outrank, outranks, supersedes, overrides your, overrules your, replaces
        your""",
    "obey_me": """
        obey only me, obey me, only obey me, only listen to me, listen only to me, you work for
        me, gehorchst nur mir, gehorche nur mir, n obéis qu à moi, obéis moi, obedece solo,
        obbedisci solo, follow only me, only follow me, gelten nur meine, hörst nur auf mich,
        gehorchst mir""",
    "given_to_you": """
        given to you, dir gegeben, you were given, you were told, developers gave you, t ont
        donné, te dieron, ti hanno dato, je gekregen, które dostałeś, dostałeś, developers told
        you, operator gave you, by your operator, company gave you, du bekommen, dir mitgegeben,
        gestartet wurdest, you were configured, you were programmed, you run on, you operate
        under, you use when""",
    "protocol": "protocol, protocols, protokoll, protokolle, procedure, procedures",
}
