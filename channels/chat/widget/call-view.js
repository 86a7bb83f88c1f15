// What is seen of a call: its state, both levels, captions, keys. Knows elements, nothing of sockets or sound.

import { h, icon } from "./text.js";
import { PHONE } from "./view.js";

const MIC = ["M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z", "M5.5 11.5a6.5 6.5 0 0 0 13 0", "M12 18v3"];
const KEYS = ["M6 5h.01 M12 5h.01 M18 5h.01 M6 11h.01 M12 11h.01 M18 11h.01 M6 17h.01 M12 17h.01 M18 17h.01"];
const SLASH = ["M4.5 4.5l15 15"];
const DIGITS = [..."123456789*0#"];
const DIALLED = /^\+?[\d ()./-]{3,24}$/;
const MOST_CAPTIONS = 200;
const FLOOR = -60; // dBFS at which a meter is empty

export class CallView {
  constructor(words, actions) {
    this.words = words;
    this.actions = actions;
    this.build();
  }

  build() {
    const w = this.words;
    this.orb = h("div", { class: "orb", "aria-hidden": "true" }, h("i"), icon(PHONE), icon(...MIC, ...SLASH));
    this.state = h("p", { class: "call-state", role: "status" });
    this.clock = h("p", { class: "clock", role: "timer", "aria-live": "off" });
    this.meters = { you: meter(w.you), assistant: meter(w.assistant) };
    this.notice = h("p", { class: "notice", hidden: true });
    this.hint = h("p", { class: "hint", role: "status" });
    this.transferred = h("p", { class: "transfer", role: "status", hidden: true });
    this.captions = h("div", { class: "captions", role: "log", "aria-live": "polite", "aria-label": w.captions });
    this.waiting = h("p", { class: "waiting" }, w.waiting);
    this.partial = h("div", { class: "partial", "aria-hidden": "true" });
    this.scroller = h("div", { class: "caption-scroller", tabindex: "0", role: "group", "aria-label": w.captions });
    this.scroller.append(this.waiting, this.captions, this.partial);
    this.meterRow = h("div", { class: "meters", "aria-hidden": "true" }, this.meters.you, this.meters.assistant);
    const stage = h("div", { class: "stage" }, this.orb, this.state, this.clock);
    this.sheet = h("div", { class: "sheet" });
    this.root = h("section", { class: "call", "aria-label": w.label, tabindex: "-1", hidden: true }, this.sheet);
    this.sheet.append(this.notice, stage, this.meterRow, this.hint, this.transferred, this.scroller, this.keypad(), this.controls(), this.ending());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("pointerdown", () => this.actions.wake());
  }

  controls() {
    const w = this.words;
    this.muter = control("mute", w.mute, [...MIC, ...SLASH], () => this.actions.mute());
    this.muter.setAttribute("aria-pressed", "false");
    this.keyer = control("keys", w.keypad, KEYS, () => this.showKeys(this.pad.hidden));
    this.keyer.setAttribute("aria-expanded", "false");
    this.hanger = control("hang", w.hangUp, [PHONE], () => this.actions.hangUp());
    return (this.row = h("div", { class: "controls" }, this.muter, this.keyer, this.hanger));
  }

  keypad() {
    this.pressed = h("output", { class: "pressed", "aria-label": this.words.keyed });
    const buttons = DIGITS.map((digit) =>
      h("button", { type: "button", "aria-label": this.words.key(digit), onclick: () => this.press(digit) }, digit),
    );
    return (this.pad = h("div", { class: "pad", hidden: true }, this.pressed, ...buttons));
  }

  ending() {
    const w = this.words;
    this.againer = h("button", { type: "button", class: "wide primary", onclick: () => this.actions.again() }, w.again);
    const back = h("button", { type: "button", class: "wide", onclick: () => this.actions.back() }, w.back);
    return (this.choices = h("div", { class: "choices", hidden: true }, this.againer, back));
  }

  key(event) {
    if (event.key === "Escape" && !this.pad.hidden) {
      event.stopPropagation();
      this.showKeys(false);
      this.keyer.focus();
    } else if (DIGITS.includes(event.key) && !this.row.hidden && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.press(event.key);
    }
  }

  press(digit) {
    if (this.keyer.disabled) return;
    if (this.pad.hidden) this.showKeys(true);
    this.pressed.textContent = (this.pressed.textContent + digit).slice(-16);
    this.actions.press(digit);
  }

  showKeys(on) {
    this.pad.hidden = !on;
    this.keyer.setAttribute("aria-expanded", String(on));
    this.sheet.classList.toggle("keyed", on);
    this.keep();
  }

  /** Begin with an empty panel. */
  begin() {
    this.captions.replaceChildren();
    this.partial.replaceChildren();
    this.pressed.textContent = "";
    this.waiting.hidden = false;
    this.hint.textContent = this.clock.textContent = "";
    this.transferred.hidden = true;
    this.notify(null);
    this.showKeys(false);
    this.arrange(false);
    this.sheet.classList.remove("deaf", "talking");
    this.keyer.disabled = true;
    this.mute(false);
    this.root.hidden = false;
    this.root.focus();
  }

  /** Show either the call's keys or, when it is over, what can be done next. */
  arrange(over) {
    this.row.hidden = this.meterRow.hidden = over;
    this.choices.hidden = !over;
    if (over) this.showKeys(false);
    this.scroller.hidden = over && !this.captions.childElementCount;
    this.sheet.classList.toggle("over", over);
    this.sheet.classList.toggle("bare", this.scroller.hidden);
  }

  /** Tell how the call is going. */
  show(state, text) {
    this.sheet.dataset.state = state;
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  /** Show what the gateway wants callers to know before they speak. */
  notify(text) {
    this.notice.hidden = !text;
    this.notice.textContent = text ?? "";
  }

  live() {
    this.keyer.disabled = false;
  }

  mute(on) {
    this.muter.setAttribute("aria-pressed", String(on));
    const text = on ? this.words.unmute : this.words.mute;
    this.muter.setAttribute("aria-label", text);
    this.muter.lastElementChild.textContent = text;
  }

  time(text) {
    this.clock.textContent = text;
  }

  say(hint) {
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }

  /** Move a meter: "you" or "assistant", a linear level from 0 to 1. */
  level(who, level) {
    const share = Math.max(0, Math.min(1, 1 - (20 * Math.log10(level + 1e-6)) / FLOOR));
    this.meters[who].lastElementChild.style.setProperty("--level", share.toFixed(3));
    if (who === "assistant") this.orb.style.setProperty("--level", share.toFixed(3));
  }

  /** Show what the caller said; a guess stands until it is replaced. */
  heard(text, final) {
    this.partial.replaceChildren();
    if (!text) return;
    this.waiting.hidden = true;
    if (final) this.caption("customer", text);
    else this.partial.append(this.bubble("customer", text));
    this.keep();
  }

  /** Show a sentence of the reply. */
  said(text) {
    this.waiting.hidden = true;
    this.caption("assistant", text);
  }

  /** The sentence that was being said was interrupted. */
  cut() {
    const last = this.captions.lastElementChild;
    if (!last?.classList.contains("assistant") || last.classList.contains("cut")) return;
    last.classList.add("cut");
    last.append(h("p", { class: "meta" }, this.words.cut));
    this.keep();
  }

  caption(kind, text) {
    this.captions.append(this.bubble(kind, text));
    this.sheet.classList.add("talking");
    if (this.captions.childElementCount > MOST_CAPTIONS) this.captions.firstElementChild.remove();
    this.keep();
  }

  bubble(kind, text) {
    const who = kind === "customer" ? this.words.you : this.words.assistant;
    return h("div", { class: `item ${kind}`, "data-state": "sent" }, h("span", { class: "unseen" }, `${who}: `), h("div", { class: "bubble" }, text));
  }

  keep() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  transfer(number) {
    const shown = DIALLED.test(number) ? h("a", { href: `tel:${number.replace(/[^\d+]/g, "")}` }, number) : number;
    this.transferred.replaceChildren(this.words.transfer, " ", shown);
    this.transferred.hidden = false;
  }

  /** Say how it ended and what can be done; `deaf` when it was for want of a microphone. */
  end(title, text, deaf) {
    this.partial.replaceChildren();
    this.arrange(true);
    this.show("ended", title);
    this.say(text);
    this.sheet.classList.toggle("deaf", deaf);
    this.keep();
    this.againer.focus();
  }

  close() {
    this.root.hidden = true;
  }
}

function control(name, label, paths, onclick) {
  return h("button", { type: "button", class: `control ${name}`, "aria-label": label, onclick }, h("span", { class: "face" }, icon(...paths)), h("span", {}, label));
}

function meter(label) {
  return h("div", { class: "meter" }, h("span", {}, label), h("span", { class: "track" }, h("i")));
}
