// What is seen: the frame, the conversation, the input. Knows elements, nothing of sockets.

import { h, icon, linked } from "./text.js";

const SEND = "M4.5 12 20 4.5 15.5 20l-4-6.5z M11.5 13.5 20 4.5";
const CLIP = "M20 11.5 12.2 19a5 5 0 0 1-7-7l7.9-7.7a3.3 3.3 0 0 1 4.7 4.7l-7.9 7.6a1.7 1.7 0 0 1-2.3-2.3l7.1-6.9";
const CROSS = "M6 6l12 12 M18 6 6 18";
export const PHONE =
  "M6.2 4h3l1.4 4-2 1.4a11 11 0 0 0 5.9 5.9l1.5-2 4 1.4v3A2.3 2.3 0 0 1 17.5 20 13.8 13.8 0 0 1 4 6.4 2.3 2.3 0 0 1 6.2 4z";
const BUBBLE = "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z";

export class View {
  constructor(root, strings, actions) {
    this.strings = strings;
    this.actions = actions;
    this.bySeq = new Map();
    this.byId = new Map();
    this.drafts = new Map();
    this.build(root);
  }

  build(root) {
    const s = this.strings;
    this.title = h("h2", {}, s.title);
    this.subtitle = h("p", { class: "subtitle" }, s.status.open);
    this.closer = h("button", { type: "button", class: "icon closer", "aria-label": s.close }, icon(CROSS));
    this.closer.addEventListener("click", () => this.actions.close());
    this.caller = h("button", { type: "button", class: "icon caller", "aria-label": s.call, title: s.call, hidden: true }, icon(PHONE));
    this.caller.addEventListener("click", () => this.actions.call());
    this.notice = h("p", { class: "notice", hidden: true }, s.sandbox);
    this.greeting = h("div", { class: "greeting" }, h("p", { class: "hello" }, s.hello), h("p", {}, s.helloMore));
    this.suggestions = h("div", { class: "suggestions" });
    this.greeting.append(this.suggestions);
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": s.log });
    this.live = h("div", { class: "live" });
    this.dots = h(
      "div",
      { class: "item assistant typing", hidden: true },
      h("div", { class: "bubble", role: "img", "aria-label": s.typing }, h("i"), h("i"), h("i")),
    );
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "group", "aria-label": s.log });
    this.scroller.append(this.greeting, this.log, this.live, this.dots);
    this.line = h("p", { class: "line", role: "status" });
    this.chips = h("div", { class: "chips" });
    this.frame = h("section", { class: "frame", "aria-label": s.title });
    this.frame.append(this.header(), this.notice, this.scroller, this.line, this.chips, this.form());
    this.badge = h("span", { class: "badge", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-label": s.open }, icon(BUBBLE), this.badge);
    this.launcher.addEventListener("click", () => this.actions.open());
    root.append(this.frame, this.launcher);
  }

  header() {
    const mark = h("span", { class: "mark" }, icon(BUBBLE));
    return h("header", {}, mark, h("div", { class: "heading" }, this.title, this.subtitle), this.caller, this.closer);
  }

  form() {
    const s = this.strings;
    this.input = h("textarea", {
      rows: "1",
      "aria-label": s.input,
      placeholder: s.placeholder,
      maxlength: "8000",
      enterkeyhint: "send",
      autocomplete: "off",
    });
    this.file = h("input", { type: "file", hidden: true, accept: "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain" });
    const attach = h("button", { type: "button", class: "icon", "aria-label": s.attach, title: s.attach }, icon(CLIP));
    this.sender = h("button", { type: "submit", class: "icon send", "aria-label": s.send, disabled: true }, icon(SEND));
    const form = h("form", {}, attach, this.file, this.input, this.sender);
    attach.addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => this.picked());
    form.addEventListener("submit", (event) => this.submit(event));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.typed());
    return form;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.typed();
    this.input.focus();
    this.actions.send(text);
  }

  typed() {
    this.sender.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    if (this.input.value) this.actions.typing();
  }

  picked() {
    const [file] = this.file.files;
    this.file.value = "";
    if (file) this.actions.attach(file);
  }

  /** Show the files that go with the next message. */
  showChips(files) {
    const chips = files.map((file, index) => {
      const label = this.strings.remove(file.name);
      const remove = h("button", { type: "button", "aria-label": label, onclick: () => this.actions.detach(index) }, "×");
      return h("span", { class: "chip" }, file.name, remove);
    });
    this.chips.replaceChildren(...chips);
  }

  suggest(texts) {
    const buttons = texts.map((text) =>
      h("button", { type: "button", onclick: () => this.actions.send(text) }, text),
    );
    this.suggestions.replaceChildren(...buttons);
  }

  /** Show one of the customer's messages; `state` is sending, queued, held, failed or sent. */
  own({ id, text, attachments, seq, state }) {
    const known = this.byId.get(id);
    const item = known ?? this.item("customer", text, attachments);
    if (id) this.byId.set(id, item);
    if (!known || seq) this.place(item, seq ?? Infinity);
    this.mark(id, state);
  }

  mark(id, state, detail) {
    const item = this.byId.get(id);
    if (!item) return;
    const s = this.strings;
    item.dataset.state = state;
    item.querySelector(".meta")?.remove();
    if (state === "sent") return;
    const words = { sending: s.sending, queued: s.queued, held: s.held(detail), failed: `${detail ?? ""} ${s.failed}`.trim() };
    const meta = h("p", { class: "meta" }, words[state]);
    if (state === "failed") meta.append(" ", h("button", { type: "button", onclick: () => this.actions.retry(id) }, s.retry));
    item.append(meta);
  }

  /** Show a stored message of somebody else; it takes the place of its turn's pieces. */
  message({ seq, turn, author, text, citations, attachments }) {
    if (this.bySeq.has(seq)) return;
    this.endDraft(turn);
    const kind = ["assistant", "operator"].includes(author) ? author : "system";
    const item = this.item(kind, text, attachments);
    this.bySeq.set(seq, item);
    if (citations?.length) item.append(this.sources(citations));
    this.place(item, seq);
  }

  delta(turn, text) {
    let draft = this.drafts.get(turn);
    if (!draft) {
      draft = h("div", { class: "item assistant draft" }, h("div", { class: "bubble" }));
      this.drafts.set(turn, draft);
      this.live.append(draft);
    }
    // The pieces are for the eye; a screen reader is told the whole message once, in the log.
    draft.setAttribute("aria-hidden", "true");
    draft.firstChild.append(text);
    this.follow();
  }

  endDraft(turn) {
    this.drafts.get(turn)?.remove();
    this.drafts.delete(turn);
  }

  endDrafts() {
    for (const turn of [...this.drafts.keys()]) this.endDraft(turn);
  }

  typing(on) {
    this.dots.hidden = !on || this.drafts.size > 0;
    if (on) this.follow();
  }

  note(text) {
    const item = this.item("system", text);
    item.dataset.note = "";
    this.place(item, Infinity);
  }

  item(kind, text, attachments) {
    const s = this.strings;
    const who = { customer: s.you, assistant: s.assistant, operator: s.operator, system: s.system }[kind];
    const label = h("span", { class: kind === "operator" ? "who" : "who unseen" }, kind === "operator" ? who : `${who}: `);
    const bubble = h("div", { class: "bubble" }, ...linked(text));
    for (const file of attachments ?? []) bubble.append(this.attachment(file));
    return h("div", { class: `item ${kind}` }, label, bubble);
  }

  /** A file that goes with a message, to be saved. */
  attachment(file) {
    const open = (event) => {
      event.preventDefault();
      this.actions.fetchFile(file);
    };
    return h("a", { class: "chip", href: "#", download: file.name, onclick: open }, icon(CLIP), file.name);
  }

  sources(citations) {
    const titles = [...new Set(citations.map((source) => String(source.title ?? source.id ?? "")))].filter(Boolean);
    return h("ul", { class: "sources", "aria-label": this.strings.sources }, ...titles.map((title) => h("li", {}, title)));
  }

  /** Put an item where its number belongs; items without one stand at the end. */
  place(item, seq) {
    const stick = this.atEnd();
    item.seq = seq;
    let before = this.log.lastElementChild;
    while (before && (before === item || before.seq > seq)) before = before.previousElementSibling;
    if (before ? before.nextElementSibling !== item : this.log.firstElementChild !== item) {
      if (before) before.after(item);
      else this.log.prepend(item);
    }
    this.greeting.hidden = true;
    if (stick || item.classList.contains("customer")) this.follow(true);
  }

  /** Show nothing; with `notes` what is said to the visitor about their chat stays. */
  clear(notes = false) {
    const kept = notes ? [...this.log.children].filter((item) => "note" in item.dataset) : [];
    this.log.replaceChildren(...kept);
    this.live.replaceChildren();
    this.bySeq.clear();
    this.byId.clear();
    this.drafts.clear();
    this.dots.hidden = true;
    this.greeting.hidden = kept.length > 0;
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 80;
  }

  follow(always = false) {
    if (always || this.atEnd()) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Say how the line is; an empty text hides it. */
  say(text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  status(status) {
    if (status === "human") this.endDrafts(); // what the bot had begun is never finished
    this.subtitle.textContent = this.strings.status[status] ?? "";
    this.frame.dataset.status = status;
  }

  unread(count) {
    const { strings: s } = this;
    this.count = count;
    this.badge.hidden = !count;
    this.badge.textContent = count ? String(count) : "";
    const more = [count && s.unread(count), this.inCall && s.calling].filter(Boolean).join(", ");
    this.launcher.setAttribute("aria-label", more ? `${s.open} (${more})` : s.open);
  }

  /** Tell whether a call is on; it goes on behind the closed panel. */
  calling(on) {
    this.inCall = on;
    this.unread(this.count);
  }
}
