// The demo page: its words, and the switch between an anonymous visitor, Ada and Bob.

const GERMAN = {
  heading: "Dinge, die bleiben, und jemand, den man fragen kann.",
  lead: "Ein Beispielladen. Im Chat antwortet Switchboard: Jede Antwort wird geprüft, bevor sie gegeben wird, und stammt aus echten Werkzeugen.",
  who: "Wer ist zu Besuch?",
  anonymous: "Anonym",
  demo: "Demo-Anmeldung: Diese Seite stellt Identitäts-Token für Ada und Bob aus, weil der Beispielladen eingehängt ist und Sie an der Maschine sitzen, auf der er läuft. Eine echte Seite signiert selbst.",
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
const choices = [...document.querySelectorAll("input[name=who]")];

if (german) translate();
setUp();

function translate() {
  document.documentElement.lang = "de";
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = GERMAN[element.dataset.text] ?? element.textContent;
  }
}

function setUp() {
  const demo = document.body.dataset.demo === "on";
  document.querySelector(".who").hidden = !demo;
  const who = (demo && sessionStorage.getItem("who")) || "anonymous";
  for (const choice of choices) {
    choice.checked = choice.value === who;
    choice.addEventListener("change", () => become(choice.value));
  }
  dress(who);
}

function dress(who) {
  chat.identity = who === "anonymous" ? null : () => fetchIdentity(who);
  chat.setAttribute("suggestions", questions[who].join("|"));
}

function become(who) {
  sessionStorage.setItem("who", who);
  dress(who);
  chat.restart();
}

async function fetchIdentity(who) {
  const answer = await fetch("/demo/identity", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ who }),
  });
  if (!answer.ok) throw new Error(`identity: ${answer.status}`);
  return (await answer.json()).identity;
}
