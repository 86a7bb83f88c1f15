// The gateway's own page: who of its visitors is there, where they may be tried.

const ANONYMOUS = { de: "Anonym", es: "Anónimo", fr: "Anonyme", it: "Anonimo", nl: "Anoniem", pl: "Anonim", pt: "Anónimo" };

const visitors = JSON.parse(document.body.dataset.visitors);
const chat = document.querySelector("switchboard-chat");

setUp();

function setUp() {
  const names = Object.entries(visitors);
  document.querySelector(".who").hidden = !names.length;
  const stored = sessionStorage.getItem("who");
  const who = stored in visitors ? stored : "anonymous";
  const nobody = ANONYMOUS[navigator.language.slice(0, 2)] ?? "Anonymous";
  for (const [value, name] of [["anonymous", nobody], ...names]) {
    const choice = Object.assign(document.createElement("input"), { type: "radio", name: "who", value });
    choice.checked = value === who;
    choice.addEventListener("change", () => become(value));
    const label = document.createElement("label");
    const text = Object.assign(document.createElement("span"), { textContent: name });
    label.append(choice, text);
    document.querySelector(".visitors").append(label);
  }
  dress(who);
}

/** Sign the visitor in; a business's own page hears of it by the event `visitor`. */
function dress(who) {
  chat.identity = who === "anonymous" ? null : () => fetchIdentity(who);
  chat.dispatchEvent(new CustomEvent("visitor", { detail: who }));
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
