// <switchboard-chat>: the chat as one element.
//
//   <script type="module" src="https://your-gateway/widget.js"></script>
//   <switchboard-chat></switchboard-chat>
//
// Attributes: mode="inline" (fills its box; else a button in the corner), open, heading, lang (en, de),
// suggestions="one|two", remember="device" (else for this tab), gateway (where it is not the script's origin),
// identity (a signed token of your site; empty: wait until it is known who is signed in).
// Where the gateway takes calls, there is a call button too; what it needs is loaded only then.
// Property: identity, a signed token of your site or a function that fetches one; null signs out.
// Methods: open(), close(), send(text), restart(), signOut(). Event: identityrejected.

import { Connection, Store } from "./widget/connection.js";
import { stringsFor } from "./widget/strings.js";
import { sheet } from "./widget/style.js";
import { View } from "./widget/view.js";

const TYPING_EVERY = 3_000;

class SwitchboardChat extends HTMLElement {
  #view;
  #connection;
  #store;
  #strings;
  #calls = null;
  #state = "connecting";
  #until = 0;
  #held = null;
  #texts = new Map();
  #files = [];
  #unread = 0;
  #lastTyping = 0;
  #ticker;
  #identity = null;
  #renewing = null;

  static observedAttributes = ["open", "suggestions", "heading", "identity"];

  /** Who is signed in on your site: a token, or a function that fetches a fresh one each time; null: nobody. */
  get identity() {
    return this.#identity;
  }

  set identity(value) {
    const before = this.#identity;
    this.#identity = value || null;
    if (this.#identity === before) return;
    if (!this.#connection) {
      this.#begin();
      return;
    }
    clearTimeout(this.#renewing);
    if (this.#identity) this.#renewing = setTimeout(() => this.#signIn());
    else this.signOut();
  }

  connectedCallback() {
    if (Object.hasOwn(this, "identity")) {
      const { identity } = this; // set before the element was defined
      delete this.identity;
      this.identity = identity;
    }
    if (!this.shadowRoot) this.#build();
    this.#begin();
    this.#ticker = setInterval(() => this.#tick(), 500);
    document.addEventListener("visibilitychange", this.#seen);
  }

  disconnectedCallback() {
    this.#connection?.stop();
    this.#connection = null;
    this.#calls?.forget();
    clearInterval(this.#ticker);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  attributeChangedCallback(name) {
    if (name === "identity") {
      this.identity = this.getAttribute("identity");
      if (!this.#connection) this.#begin();
    }
    if (!this.#view) return;
    if (name === "open") this.#seen();
    else this.#label();
  }

  /** Show the panel and put the cursor into the input. */
  open() {
    this.setAttribute("open", "");
    this.#view.input.focus();
    this.#view.follow(true);
  }

  /** Hide the panel and return the focus to the button. */
  close() {
    this.removeAttribute("open");
    this.#view.launcher.focus();
  }

  /** Write a message as if the customer had typed it. */
  send(text) {
    const message = { id: crypto.randomUUID?.() ?? uuid(), text, attachments: this.#files };
    this.#files = [];
    this.#view.showChips([]);
    this.#post(message);
  }

  /** Forget this conversation and begin a new one, with the identity that is set now. */
  restart() {
    clearTimeout(this.#renewing);
    this.#calls?.forget();
    this.#connection?.stop();
    this.#store.clear();
    this.#clear();
    this.#connect();
  }

  /**
   * End the conversation of whoever is signed in, in every tab and on every device that has it, and begin a
   * new one as nobody in particular. Call it where your site signs out; setting identity to null does it too.
   */
  signOut() {
    clearTimeout(this.#renewing);
    this.#identity = null;
    if (this.hasAttribute("identity")) this.removeAttribute("identity");
    this.#calls?.forget();
    this.#connection?.signOut();
    this.#clear();
  }

  #signIn() {
    this.#calls?.forget();
    this.#connection.renew();
  }

  /** Show nothing of what was said or begun here. */
  #clear() {
    this.#view.clear();
    this.#view.input.value = "";
    this.#view.showChips([]);
    this.#view.endDrafts();
    this.#files = [];
    this.#held = null;
    this.#texts.clear();
    this.#unread = 0;
    this.#view.unread(0);
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#strings = stringsFor(this.getAttribute("lang") || navigator.language);
    const actions = {
      send: (text) => this.send(text),
      retry: (id) => this.#retry(id),
      typing: () => this.#typing(),
      attach: (file) => this.#attach(file),
      detach: (index) => this.#detach(index),
      fetchFile: (file) => this.#fetchFile(file),
      open: () => this.open(),
      close: () => this.close(),
      call: () => this.#calls.start(),
    };
    this.#view = new View(root, this.#strings, actions);
    this.#label();
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.getAttribute("mode") !== "inline") this.close();
    });
    const storage = this.getAttribute("remember") === "device" ? "localStorage" : "sessionStorage";
    this.#store = new Store(open_(storage), `switchboard-chat:${this.#gateway}`);
  }

  #label() {
    const view = this.#view;
    view.title.textContent = this.getAttribute("heading") || this.#strings.title;
    view.suggest((this.getAttribute("suggestions") ?? "").split("|").filter((text) => text.trim()));
  }

  get #gateway() {
    return new URL(this.getAttribute("gateway") || import.meta.url, document.baseURI).origin;
  }

  get #visible() {
    const shown = this.hasAttribute("open") || this.getAttribute("mode") === "inline";
    return shown && document.visibilityState === "visible";
  }

  #connect() {
    this.#connection?.stop();
    if (!this.#store.state.signedIn) this.#showOutbox();
    this.#connection = new Connection({
      gateway: this.#gateway,
      store: this.#store,
      identity: () => this.identity,
      on: {
        welcome: (frame) => this.#welcome(frame),
        changed: () => this.#changed(),
        frame: (frame) => this.#hear(frame),
        ack: (id, seq) => this.#acked(id, seq),
        held: (id, code, until) => (this.#held = { id, code, until }) && this.#tick(),
        failed: (id, code) => this.#view.mark(id, "failed", this.#kindly(code)),
        state: (state, until) => this.#turn(state, until),
        expired: () => this.#expired(),
        identity: () => this.#rejected(),
        signedOut: () => this.#signedOut(),
      },
    });
    this.#connection.start();
  }

  #post(message) {
    this.#show(message, this.#state === "online" ? "sending" : "queued");
    if (this.#connection) this.#connection.send(message);
    else this.#store.keep(message);
  }

  #show(message, state) {
    this.#texts.set(message.id, message);
    this.#view.own({ ...message, state });
  }

  #retry(id) {
    const message = this.#texts.get(id);
    if (message) this.#post(message);
  }

  #acked(id, seq) {
    if (this.#held?.id === id) this.#held = null;
    const message = this.#texts.get(id);
    if (message) this.#view.own({ ...message, seq, state: "sent" });
  }

  /** Connect, once the element is in a page and its host has said who is signed in. */
  #begin() {
    const awaited = this.getAttribute("identity") === "" && !this.#identity;
    if (this.isConnected && this.shadowRoot && !awaited) this.#connect();
  }

  #showOutbox() {
    for (const message of this.#store.state.outbox) this.#show(message, "queued");
  }

  #changed() {
    const unsent = new Set(this.#store.state.outbox.map((message) => message.id));
    this.#view.clear(true);
    for (const id of [...this.#texts.keys()]) if (!unsent.has(id)) this.#texts.delete(id);
  }

  #rejected() {
    this.#view.note(this.#strings.identity);
    this.dispatchEvent(new CustomEvent("identityrejected", { bubbles: true, composed: true }));
  }

  /** Somebody signed out in another tab. */
  #signedOut() {
    clearTimeout(this.#renewing);
    this.#identity = null;
    if (this.hasAttribute("identity")) this.removeAttribute("identity");
    this.#calls?.forget();
    this.#clear();
    this.#view.note(this.#strings.signedOut);
  }

  #welcome(frame) {
    this.#showOutbox();
    this.#view.notice.hidden = frame.model !== "sandbox";
    this.#view.status(frame.status ?? "open");
    this.#view.endDrafts();
    this.#view.typing(false);
    this.#offerCalls();
  }

  /** Ask the gateway whether it takes calls now, and bring in what they need. */
  async #offerCalls() {
    try {
      const answer = await fetch(`${this.#gateway}/widget/config.json`);
      const { voice } = await answer.json();
      if (voice) this.#calls ??= await this.#makeCalls();
      this.#view.caller.hidden = !voice;
    } catch {
      this.#view.caller.hidden = !this.#calls; // not reachable now: as it was before
    }
  }

  async #makeCalls() {
    const { Calls } = await import("./widget/calls.js");
    return (
      this.#calls ??
      new Calls({
        host: this,
        root: this.shadowRoot,
        view: this.#view,
        language: this.getAttribute("lang") || navigator.language,
        gateway: this.#gateway,
        identity: () => this.identity,
        note: (text) => this.#view.note(text),
      })
    );
  }

  #expired() {
    this.#view.clear();
    this.#view.note(this.#strings.expired);
    this.#showOutbox();
  }

  #hear(frame) {
    const view = this.#view;
    if (frame.type === "delta") {
      view.typing(false);
      view.delta(frame.turn, frame.text);
    } else if (frame.type === "typing") view.typing(frame.on);
    else if (frame.type === "status") view.status(frame.status);
    else if (frame.type === "message" && frame.author === "customer") this.#echo(frame);
    else if (frame.type === "message") this.#arrived(frame);
  }

  #echo(frame) {
    const known = frame.id && this.#texts.get(frame.id);
    const id = frame.id ?? `seq:${frame.seq}`;
    const { text, attachments } = frame;
    this.#view.own({ text, attachments, ...known, id, seq: frame.seq, state: "sent" });
    if (!known) this.#texts.set(id, { id, text, attachments });
  }

  #arrived(frame) {
    this.#view.typing(false);
    this.#view.message(frame);
    if (!this.#visible) this.#unread += 1;
    this.#seen();
  }

  #seen = () => {
    if (this.#visible) {
      this.#unread = 0;
      this.#connection?.hint({ type: "read", seq: this.#connection.seen });
    }
    this.#view.unread(this.#unread);
  };

  #typing() {
    if (Date.now() - this.#lastTyping < TYPING_EVERY) return;
    this.#lastTyping = Date.now();
    this.#connection?.hint({ type: "typing" });
  }

  async #attach(file) {
    const data = new FormData();
    data.append("file", file);
    try {
      const headers = { Authorization: `Bearer ${this.#store.state.token}` };
      const answer = await fetch(`${this.#gateway}/chat/files`, { method: "POST", headers, body: data });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error.code);
      this.#files.push({ id: body.id, name: body.name });
      this.#view.showChips(this.#files);
      this.#view.input.focus();
    } catch (error) {
      this.#view.note(`${file.name}: ${this.#kindly(error.message)}`);
    }
  }

  /** Bring a file of this conversation; the token travels in a header, not in an address that is kept. */
  async #fetchFile(file) {
    try {
      const headers = await this.#connection.credentials();
      const answer = await fetch(`${this.#gateway}/chat/-/files/${file.id}`, { headers });
      if (!answer.ok) throw new Error((await answer.json()).error.code);
      const address = URL.createObjectURL(await answer.blob());
      const link = document.createElement("a");
      link.href = address;
      link.download = file.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      this.#view.note(`${file.name}: ${this.#kindly(error.message)}`);
    }
  }

  #detach(index) {
    this.#files = this.#files.filter((_, position) => position !== index);
    this.#view.showChips(this.#files);
    this.#view.input.focus();
  }

  #turn(state, until = 0) {
    this.#state = state;
    this.#until = until;
    for (const { id } of this.#store.state.outbox) {
      this.#view.mark(id, state === "online" ? "sending" : "queued");
    }
    this.#tick();
  }

  #kindly(code) {
    return this.#strings.errors[code] ?? this.#strings.errors.other;
  }

  /** Keep the countdowns true. */
  #tick() {
    const left = (until) => Math.max(1, Math.ceil((until - Date.now()) / 1000));
    const s = this.#strings;
    if (this.#held) this.#view.mark(this.#held.id, "held", left(this.#held.until));
    if (this.#held && this.#state === "online") this.#view.say(`${this.#kindly(this.#held.code)} ${s.busy(left(this.#held.until))}`);
    else if (this.#state === "online") this.#view.say("");
    else if (this.#state === "waiting") this.#view.say(s.waiting(left(this.#until)));
    else this.#view.say(s[this.#state]);
  }
}

function open_(storage) {
  try {
    return window[storage];
  } catch {
    return null;
  }
}

/** Pages without TLS have no crypto.randomUUID. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

if (!customElements.get("switchboard-chat")) customElements.define("switchboard-chat", SwitchboardChat);
