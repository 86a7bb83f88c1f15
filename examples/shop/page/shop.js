// The example shop's page: its words, and what its visitors may want to ask.

const GERMAN = {
  heading: "Dinge, die bleiben, und jemand, den man fragen kann.",
  lead: "Ein Beispielladen. Im Chat antwortet Switchboard: Jede Antwort wird geprüft, bevor sie gegeben wird, und stammt aus echten Werkzeugen.",
  who: "Wer ist zu Besuch?",
  demo: "Demo-Anmeldung: Diese Seite stellt Identitäts-Token für Ada und Bob aus, weil Sie an der Maschine sitzen, auf der der Beispielladen läuft. Eine echte Seite signiert selbst.",
  mug: "Becher aus Steinzeug",
  lamp: "Leinenlampe",
  chair: "Eichenstuhl",
};
const QUESTIONS = {
  en: {
    anonymous: ["Where is my order 1042?", "How long can I return things?", "I want to speak to a human"],
    ada: ["Where is my order 1042?", "And when does it arrive?", "Please call me back tomorrow"],
    bob: ["Where is my order 8821?", "I want to return it", "Open a ticket, please"],
  },
  de: {
    anonymous: ["Wo ist meine Bestellung 1042?", "Wie lange kann ich etwas zurückgeben?", "Ich möchte mit einem Menschen sprechen"],
    ada: ["Wo ist meine Bestellung 1042?", "Und wann kommt sie an?", "Bitte rufen Sie mich morgen zurück"],
    bob: ["Wo ist meine Bestellung 8821?", "Ich möchte sie zurückgeben", "Bitte ein Ticket anlegen"],
  },
};


const german = navigator.language.toLowerCase().startsWith("de");
const questions = german ? QUESTIONS.de : QUESTIONS.en;
const chat = document.querySelector("switchboard-chat");

chat.addEventListener("visitor", ({ detail }) => chat.setAttribute("suggestions", questions[detail].join("|")));
if (german) {
  document.documentElement.lang = "de";
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = GERMAN[element.dataset.text] ?? element.textContent;
  }
}
