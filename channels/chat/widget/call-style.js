// The look of a call; the colours are those of the chat.

const css = `
.frame[data-calling] > :is(.scroller, .line, .chips, form) { display: none; }
.caller, .caller:hover { color: var(--accent); background: var(--bubble); }
.caller:hover { filter: brightness(.96); }
.caller, .call button { -webkit-tap-highlight-color: transparent; }
.frame[data-calling] .caller { visibility: hidden; }
:host([calling]) .launcher::after {
  content: ""; position: absolute; inset: -5px; border-radius: 50%; border: 3px solid #35a36f; animation: breathe 1.6s infinite ease-in-out;
}

.call { flex: 1; min-height: 0; container: call / size; outline: none; }
.sheet { height: 100%; display: flex; flex-direction: column; }
.keyed .caption-scroller { display: none; }
.sheet .notice { flex: none; max-height: 82px; overflow-y: auto; }
.keyed .notice { display: none; }
.stage { flex: none; display: flex; flex-direction: column; align-items: center; padding: 30px 20px 12px; text-align: center; }
.orb {
  position: relative; width: 76px; height: 76px; margin-bottom: 22px; border-radius: 50%; display: grid; place-items: center;
  background: var(--accent); color: var(--on-accent); --level: 0;
}
.orb svg { width: 32px; height: 32px; position: relative; }
.orb i {
  position: absolute; inset: 0; border-radius: 50%; background: var(--accent); opacity: .22;
  transform: scale(calc(1 + .42 * var(--level))); transition: transform .09s linear;
}
[data-state="asking"] .orb, [data-state="connecting"] .orb { animation: breathe 1.6s infinite ease-in-out; }
[data-state="thinking"] .orb::after {
  content: ""; position: absolute; inset: -9px; border-radius: 50%; border: 3px solid transparent; border-top-color: var(--accent);
  animation: turn 1s infinite linear;
}
[data-state="hearing"] .orb { box-shadow: 0 0 0 3px var(--paper), 0 0 0 6px var(--accent); }
[data-state="ended"] .orb { background: var(--bubble); color: var(--soft); }
[data-state="ended"] .orb i, .orb svg + svg, .deaf .orb svg { display: none; }
.deaf .orb svg + svg { display: block; }
[data-state="ended"] .orb svg:first-of-type, .hang svg { transform: rotate(135deg); }
@keyframes turn { to { transform: rotate(1turn); } }
.call-state { font-size: 18px; line-height: 1.3; font-weight: 650; }
.clock:empty { display: none; }
.clock { font-size: 14px; color: var(--soft); font-variant-numeric: tabular-nums; }

.meters { flex: none; display: flex; gap: 18px; padding: 0 24px 14px; }
.meter { flex: 1; min-width: 0; font-size: 12.5px; color: var(--soft); }
.track { display: block; height: 6px; margin-top: 4px; border-radius: 3px; background: var(--bubble); overflow: hidden; }
.track i { display: block; height: 100%; border-radius: 3px; background: var(--accent); transform: scaleX(var(--level, 0)); transform-origin: 0 50%; transition: transform .09s linear; }
[dir="rtl"] .track i { transform-origin: 100% 50%; }

.hint { flex: none; padding: 0 24px; font-size: 14px; line-height: 1.45; color: var(--soft); text-align: center; text-wrap: balance; }
.hint:not(:empty) { padding-bottom: 12px; }
.sheet:not(.over) .hint:not(:empty) { margin: 0 16px 12px; padding: 8px 14px; border-radius: 12px; background: var(--sand); color: var(--sand-ink); }
.transfer { flex: none; margin: 0 16px 12px; padding: 10px 14px; border: 1px solid var(--accent); border-radius: 12px; font-size: 15px; text-align: center; }
.transfer a { color: inherit; font-weight: 650; white-space: nowrap; text-underline-offset: 3px; }

.caption-scroller { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; border-top: 1px solid var(--line); scrollbar-width: thin; }
.caption-scroller:focus-visible { outline-offset: -3px; }
.waiting { color: var(--soft); font-size: 14px; text-align: center; padding-top: 8px; }
.partial .customer .bubble { background: transparent; color: var(--ink); border: 1px dashed var(--accent); }
.cut .bubble { opacity: .72; }

.pad { flex: 1; align-content: center; display: grid; grid-template-columns: repeat(3, 76px); gap: 8px; justify-content: center; padding: 12px 16px 4px; border-top: 1px solid var(--line); }
.pressed { grid-column: 1 / -1; min-height: 26px; text-align: center; font-size: 18px; letter-spacing: .14em; font-variant-numeric: tabular-nums; overflow: hidden; }
.pad button { height: 46px; border-radius: 14px; background: var(--bubble); font-size: 19px; font-weight: 600; }
.pad button:hover { background: var(--line); }
.pad button:active { background: var(--accent); color: var(--on-accent); }

.controls { flex: none; display: flex; justify-content: center; gap: 14px; padding: 14px 12px max(14px, env(safe-area-inset-bottom)); border-top: 1px solid var(--line); }
.pad:not([hidden]) + .controls { border-top: 0; }
.control { width: 84px; display: flex; flex-direction: column; align-items: center; gap: 6px; font-size: 13px; line-height: 1.2; color: var(--soft); border-radius: 14px; }
.face { width: 54px; height: 54px; border-radius: 50%; display: grid; place-items: center; background: var(--bubble); color: var(--ink); }
.face svg { width: 24px; height: 24px; }
.keys svg { stroke-width: 3; }
.control:hover .face { filter: brightness(.96); }
.control:disabled { opacity: .45; cursor: default; }
.mute[aria-pressed="false"] .face path:last-child { display: none; }
.mute[aria-pressed="true"] .face, .keys[aria-expanded="true"] .face { background: var(--ink); color: var(--paper); }
.hang .face { background: #c23a30; color: #fff; }

.choices { flex: none; display: flex; flex-direction: column; gap: 8px; padding: 14px 16px max(16px, env(safe-area-inset-bottom)); }
.wide { min-height: 46px; padding: 8px 16px; border: 1px solid var(--line); border-radius: 14px; font-weight: 600; }
.wide:hover { border-color: var(--accent); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.primary:hover { filter: brightness(1.08); }
.over .stage { padding-top: 44px; }
.bare .stage { margin-top: auto; padding-top: 12px; }
.bare .choices { margin-bottom: auto; }

/* Captions and keypad need the room: state, clock and levels get one line each. */
:is(.keyed, .talking):not(.over) .stage { display: grid; grid-template-columns: auto 1fr auto; gap: 14px; padding: 14px 24px 10px; text-align: start; }
:is(.keyed, .talking):not(.over) .orb { width: 40px; height: 40px; margin: 4px 0; }
:is(.keyed, .talking):not(.over) .orb svg { width: 20px; height: 20px; }
@container call (max-height: 500px) {
  .over .stage { padding: 20px 16px 10px; }
  .over .orb { width: 56px; height: 56px; margin-bottom: 12px; }
  .sheet:not(.over) .stage { display: grid; grid-template-columns: auto 1fr auto; gap: 14px; padding: 10px 24px 8px; text-align: start; }
  .sheet:not(.over) .orb { width: 40px; height: 40px; margin: 4px 0; }
  .orb svg { width: 20px; height: 20px; }
  .meters { padding-bottom: 10px; }
  .meter { display: flex; align-items: center; gap: 8px; }
  .track { flex: 1; margin: 0; }
  .controls { padding-top: 8px; padding-bottom: max(8px, env(safe-area-inset-bottom)); }
  .face { width: 46px; height: 46px; }
  .control { gap: 4px; }
  .pad { gap: 6px; padding-top: 6px; }
  .pad button { height: 40px; }
}
@container call (max-height: 400px) {
  .keyed .meters, .keyed .control span:last-child { display: none; }
  .keyed .stage { padding-block: 4px; }
  .pad { grid-template-columns: repeat(3, 88px); padding: 2px 16px 0; }
  .pad button { height: 34px; font-size: 17px; }
  .pressed { min-height: 22px; font-size: 16px; line-height: 22px; }
}
@media (prefers-reduced-motion: reduce) {
  .orb i { transform: none; }
}
@media (forced-colors: active) {
  .orb, .face, .pad button, .wide, .track { border: 1px solid; }
  .track i { background: Highlight; }
}
`;

export const callSheet = new CSSStyleSheet();
callSheet.replaceSync(css);
