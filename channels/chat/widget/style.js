// The widget's look. Sites may set --switchboard-accent, --switchboard-on-accent and --switchboard-font.

const css = `
:host {
  --accent: var(--switchboard-accent, #1c6b62);
  --on-accent: var(--switchboard-on-accent, #ffffff);
  --paper: #ffffff;
  --ink: #1d2524;
  --soft: #5a6866;
  --bubble: #f0f4f2;
  --line: #dde5e2;
  --sand: #fdf6e3;
  --sand-ink: #6b5312;
  --bad: #a3332b;
  --shadow: 0 12px 40px rgb(20 40 38 / 18%), 0 2px 8px rgb(20 40 38 / 8%);
  color-scheme: light dark;
  font: 16px/1.5 var(--switchboard-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  color: var(--ink);
  display: block;
  text-align: start;
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: var(--switchboard-accent, #57b8a8);
    --on-accent: var(--switchboard-on-accent, #06211d);
    --paper: #161c1b;
    --ink: #e6edeb;
    --soft: #9bacaa;
    --bubble: #232c2a;
    --line: #2e3937;
    --sand: #2c2714;
    --sand-ink: #e4cf8c;
    --bad: #f0938a;
    --shadow: 0 12px 40px rgb(0 0 0 / 55%);
  }
}
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, p, ul { margin: 0; padding: 0; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; display: block; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.frame {
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--paper); border: 1px solid var(--line); border-radius: 18px; box-shadow: var(--shadow);
}
:host([mode="inline"]) { height: 100%; }
:host([mode="inline"]) .frame { height: 100%; }
:host([mode="inline"]) .launcher, :host([mode="inline"]) .closer { display: none; }
:host(:not([mode="inline"])) .frame {
  position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
  width: 390px; height: min(640px, calc(100dvh - 40px)); visibility: hidden; opacity: 0; transform: translateY(12px);
  transition: opacity .16s ease-out, transform .16s ease-out, visibility .16s;
}
:host([open]:not([mode="inline"])) .frame {
  visibility: visible; opacity: 1; transform: none; transition: opacity .16s ease-out, transform .16s ease-out;
}
:host([open]) .launcher { display: none; }
.launcher {
  position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
  width: 60px; height: 60px; border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow);
  display: grid; place-items: center;
}
.launcher svg { width: 28px; height: 28px; }
.badge {
  position: absolute; top: -4px; right: -4px; min-width: 24px; height: 24px; padding: 0 7px; border-radius: 12px;
  background: var(--bad); color: #fff; font-size: 13px; line-height: 24px; font-weight: 600;
}

header { display: flex; align-items: center; gap: 12px; padding: 14px 12px 14px 16px; border-bottom: 1px solid var(--line); }
.mark { flex: none; width: 38px; height: 38px; border-radius: 12px; display: grid; place-items: center; background: var(--accent); color: var(--on-accent); }
.heading { flex: 1; min-width: 0; }
h2 { font-size: 16px; line-height: 1.3; font-weight: 650; }
.subtitle { font-size: 13px; line-height: 1.35; color: var(--soft); }
.subtitle::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-right: 6px; border-radius: 50%; background: #35a36f; vertical-align: 1px; }
[data-status="waiting_approval"] .subtitle::before { background: #d29a2a; }
[data-status="human"] .subtitle::before { background: #3d7fd0; }
[data-status="closed"] .subtitle::before { background: var(--soft); }
.notice { padding: 8px 16px; font-size: 13px; line-height: 1.4; background: var(--sand); color: var(--sand-ink); }

.scroller { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; }
.scroller:focus-visible { outline-offset: -3px; }
.greeting { padding: 10px 0 4px; color: var(--soft); }
.greeting .hello { font-size: 19px; font-weight: 650; color: var(--ink); margin-bottom: 2px; }
.suggestions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.suggestions button {
  padding: 8px 14px; min-height: 40px; border: 1px solid var(--line); border-radius: 20px; color: var(--ink);
  background: var(--paper); font-size: 14.5px; text-align: start;
}
.suggestions button:hover { border-color: var(--accent); }

.item { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 10px; max-width: 88%; }
.item.customer { align-items: flex-end; margin-left: auto; }
.bubble {
  padding: 9px 14px; border-radius: 16px 16px 16px 5px; background: var(--bubble);
  white-space: pre-wrap; overflow-wrap: anywhere; max-width: 100%;
}
.customer .bubble { border-radius: 16px 16px 5px 16px; background: var(--accent); color: var(--on-accent); }
.operator .bubble { background: transparent; border: 1px solid var(--line); }
.who { font-size: 12.5px; color: var(--soft); margin: 0 0 3px 4px; }
.item.system { max-width: none; align-items: center; margin: 14px 0; }
.system .bubble { background: none; padding: 0 8px; color: var(--soft); font-size: 14px; text-align: center; }
.bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
.customer:not([data-state="sent"]) .bubble { opacity: .72; }
.customer[data-state="failed"] .bubble { opacity: 1; background: transparent; color: var(--ink); border: 1px solid var(--bad); }
.meta { font-size: 12.5px; color: var(--soft); margin: 4px 4px 0; }
[data-state="failed"] .meta { color: var(--bad); }
.meta button { text-decoration: underline; text-underline-offset: 2px; font-weight: 600; }
.sources { list-style: none; display: flex; flex-wrap: wrap; gap: 6px; margin-top: 6px; }
.sources li { font-size: 12.5px; line-height: 1.4; padding: 2px 9px; border: 1px solid var(--line); border-radius: 10px; color: var(--soft); overflow-wrap: anywhere; }
.typing .bubble { display: flex; gap: 5px; padding: 14px; }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--soft); animation: breathe 1.2s infinite ease-in-out; }
.typing i:nth-child(2) { animation-delay: .18s; }
.typing i:nth-child(3) { animation-delay: .36s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }

.line { font-size: 13px; line-height: 1.4; color: var(--soft); padding: 0 16px; }
.line:not(:empty) { padding-bottom: 8px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; padding: 0 16px; }
.chips:not(:empty) { padding-bottom: 8px; }
.chip {
  display: inline-flex; align-items: center; gap: 6px; max-width: 100%; padding: 3px 10px; border: 1px solid var(--line);
  border-radius: 10px; font-size: 13.5px; overflow-wrap: anywhere;
}
.chip button { font-size: 18px; line-height: 1; min-width: 24px; min-height: 24px; color: var(--soft); }
.bubble .chip { display: flex; width: fit-content; margin-top: 6px; border-color: currentColor; color: inherit; }
.bubble .chip svg { width: 15px; height: 15px; flex: none; }

form { display: flex; align-items: flex-end; gap: 4px; padding: 10px max(10px, env(safe-area-inset-right)) max(10px, env(safe-area-inset-bottom)) max(10px, env(safe-area-inset-left)); border-top: 1px solid var(--line); }
textarea {
  flex: 1; min-width: 0; resize: none; border: 1px solid var(--line); border-radius: 14px; padding: 9px 13px; margin: 0;
  font-size: 16px; line-height: 1.4; max-height: 160px; background: var(--paper); overflow-y: auto; scrollbar-width: thin;
}
textarea::placeholder { color: var(--soft); opacity: 1; }
textarea:focus-visible { outline-offset: -1px; }
.icon { flex: none; width: 44px; height: 44px; border-radius: 14px; display: grid; place-items: center; color: var(--soft); }
.icon:hover { color: var(--ink); background: var(--bubble); }
.send { background: var(--accent); color: var(--on-accent); }
.send:hover { background: var(--accent); color: var(--on-accent); filter: brightness(1.08); }
.send:disabled { background: var(--bubble); color: var(--soft); cursor: default; filter: none; }

@media (max-width: 520px) {
  :host(:not([mode="inline"])) .frame { inset: 0; width: auto; height: 100dvh; border: 0; border-radius: 0; }
  :host(:not([mode="inline"])) header { padding-top: max(14px, env(safe-area-inset-top)); }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  .bubble, .send, .launcher, .mark { border: 1px solid; }
}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
