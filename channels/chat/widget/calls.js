// The call button and its panel, put together; loaded only where the gateway takes calls.

import { Call } from "./call.js";
import { CallView } from "./call-view.js";
import { callWords } from "./call-words.js";
import { callSheet } from "./call-style.js";

const DEAF = new Set(["denied", "system", "absent", "occupied", "failed"]);
const DEAD = 1e-5; // -100 dBFS: less than any open microphone gives at first
const DEAD_AFTER = 5_000;
const HINT_FOR = 6_000;
const TICK = 250;

/** One call at a time. `host` is the widget's element, `note` writes a line into the chat. */
export class Calls {
  constructor({ host, root, view, language, gateway, identity, note }) {
    this.words = callWords(language);
    this.panel = new CallView(this.words, {
      mute: () => this.mute(!this.muted),
      press: (digit) => this.call?.press(digit),
      hangUp: () => this.call?.hangUp(),
      again: () => this.start(),
      back: () => this.leave(),
      wake: () => this.call?.wake(),
    });
    Object.assign(this, { host, view, language, gateway, identity, note });
    this.token = null;
    this.call = null;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, callSheet];
    view.notice.after(this.panel.root);
  }

  /** Call; from a click. */
  start() {
    if (this.call) return;
    this.startedAt = this.hintUntil = 0;
    this.heard = false;
    this.muted = this.human = this.slow = this.quieted = false;
    this.transferTo = null;
    this.view.frame.dataset.calling = "";
    this.host.setAttribute("calling", "");
    this.view.calling(true);
    this.panel.begin();
    this.call = this.make();
    this.ticker = setInterval(() => this.tick(), TICK);
    this.call.start();
  }

  make() {
    const { panel } = this;
    return new Call({
      gateway: this.gateway,
      token: this.token,
      identity: this.identity(),
      language: this.language,
      on: {
        state: (state) => this.turn(state),
        ready: (token, notice) => this.answered(token, notice),
        token: (token) => (this.token = token),
        microphone: (level) => this.listen(level),
        voice: (level) => panel.level("assistant", level),
        heard: (text, final) => panel.heard(text, final),
        said: (text) => panel.said(text),
        cut: () => panel.cut(),
        transfer: (number) => panel.transfer((this.transferTo = number)),
        human: (on) => this.pass(on),
        problem: (code) => this.words.problems[code] && this.hint(this.words.problems[code]),
        guest: () => this.hint(this.words.guest),
        slow: (on) => (this.slow = on),
        quieted: (on) => (this.quieted = on),
        ended: (how) => this.ended(how),
      },
    });
  }

  /** Forget who called: the next call is another one's. */
  forget() {
    this.call?.hangUp();
    this.token = null;
    if (!this.panel.root.hidden) this.leave();
  }

  answered(token, notice) {
    this.token = token;
    this.panel.notify(notice);
    this.startedAt ||= Date.now();
    this.panel.live();
    this.tick();
  }

  turn(state) {
    this.state = state;
    const text = this.human && ["listening", "hearing"].includes(state) ? this.words.human : this.words.states[state];
    this.panel.show(state, this.muted && state !== "speaking" ? this.words.muted : text);
  }

  pass(on) {
    this.human = on;
    this.turn(this.state);
  }

  mute(on) {
    if (!this.call) return;
    this.muted = on;
    this.call.mute(on);
    this.panel.mute(on);
    this.turn(this.state);
  }

  listen(level) {
    this.panel.level("you", level);
    if (level > DEAD) this.heard = true; // later silence may be the browser's own noise suppression
  }

  hint(text) {
    this.hintUntil = Date.now() + HINT_FOR;
    this.panel.say(text);
  }

  tick() {
    if (!this.startedAt) return;
    this.panel.time(this.lasted);
    if (Date.now() < this.hintUntil) return;
    const dead = !this.heard && !this.muted && Date.now() - this.startedAt > DEAD_AFTER;
    const w = this.words;
    this.panel.say(this.quieted ? w.quieted : this.slow ? w.slow : dead ? w.silent : "");
  }

  get lasted() {
    const seconds = Math.floor((Date.now() - this.startedAt) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  ended({ reason, retryAfter }) {
    clearInterval(this.ticker);
    this.call = null;
    this.host.removeAttribute("calling");
    this.view.calling(false);
    if (this.startedAt) this.note(this.words.taken(this.lasted));
    if (reason === "hung_up" && !this.transferTo) this.leave();
    else this.explain(reason === "hung_up" ? "over" : reason, retryAfter);
  }

  explain(reason, retryAfter) {
    const w = this.words;
    const [title, text] = w.endings[reason] ?? w.endings.trouble;
    const more = reason === "busy" && retryAfter ? w.inSeconds(Math.ceil(retryAfter)) : "";
    this.panel.time(this.startedAt ? this.lasted : "");
    this.panel.end(title, `${text} ${more}`.trim(), DEAF.has(reason));
  }

  /** Return to the chat. */
  leave() {
    const focused = this.panel.root.contains(this.panel.root.getRootNode().activeElement);
    this.panel.close();
    delete this.view.frame.dataset.calling;
    if (focused) this.view.caller.focus();
    this.view.follow(true);
  }
}
