// One call over the voice socket: says hello, sends the microphone, plays the reply. Knows nothing of elements.

import { CallAudio, MicrophoneError } from "./call-audio.js";

const RATE = 16_000;
const ANSWER_WITHIN = 12_000;
const BACKED_UP = 64_000; // bytes not sent yet, two seconds of speech: what is newer is dropped
const BROKEN_AFTER = 8_000;
const PAUSE = 300; // between two sentences of one reply
const THINKING_MOST = 12_000;
const GOODBYE_MOST = 10_000;
const CLOSED = { 1000: "over", 1012: "restarting", 1013: "restarting", 4401: "unknown", 4403: "refused", 4429: "busy" };
const MEANING = {
  busy: "busy",
  too_many: "busy",
  rate_limited: "busy",
  restarting: "restarting",
  store_unavailable: "restarting",
  origin_refused: "refused",
  unknown_session: "unknown",
  identity_rejected: "guest",
};

/**
 * `on` has a function per thing that happens: state(asking | connecting | listening | hearing | thinking |
 * speaking), ready(token, notice), token(token), microphone(level), voice(level), heard(text, final),
 * said(text), cut(), transfer(number), human(bool), guest(), problem(code), slow(bool), quieted(bool), ended({reason, retryAfter}).
 */
export class Call {
  constructor({ gateway, token, identity, language, on }) {
    this.url = gateway.replace(/^http/, "ws") + "/voice";
    this.token = token;
    this.identity = identity;
    this.language = language;
    this.on = on;
    this.state = null;
    this.over = false;
    this.live = false;
    this.playing = false;
    this.awaiting = false;
    this.sentences = new Map();
    this.timers = {};
    this.audio = this.sound();
  }

  sound() {
    return new CallAudio({
      rate: RATE,
      on: {
        pcm: (buffer, level) => this.send(buffer, level),
        voice: (level) => this.on.voice(level),
        playing: (playing) => this.turn(playing),
        played: (ms) => this.tell({ type: "played", ms }),
        reached: (id) => this.reached(id),
        quieted: (on) => this.on.quieted(on),
        lost: (reason) => this.end(reason),
      },
    });
  }

  /** Ask for the microphone, then for a line: nobody holds a line who can't speak. */
  async start() {
    this.become("asking");
    try {
      await this.audio.open();
    } catch (error) {
      this.end(error instanceof MicrophoneError ? error.reason : "failed");
      return;
    }
    if (this.over) return;
    this.become("connecting");
    this.timers.answer = setTimeout(() => this.end("unanswered"), ANSWER_WITHIN);
    await this.dial();
  }

  async dial() {
    const identity = await this.proof();
    if (this.over) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.refusal = {};
    socket.binaryType = "arraybuffer";
    const { token, language } = this;
    socket.onopen = () => this.tell({ type: "hello", rate: RATE, token, identity, language });
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket || this.over) return;
      if (data instanceof ArrayBuffer) this.play(data);
      else this.hear(JSON.parse(data));
    };
    socket.onclose = ({ code }) => this.socket === socket && this.closed(code);
  }

  async proof() {
    if (!this.identity) return null;
    try {
      return typeof this.identity === "function" ? await this.identity() : this.identity;
    } catch {
      this.on.guest();
      return null;
    }
  }

  tell(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  hear(frame) {
    if (frame.type === "ready") this.answered(frame);
    else if (frame.type === "error") this.complain(frame);
    else if (this.live) this.act(frame);
  }

  /** Either why the line is about to be closed, or what makes the caller hard to understand. */
  complain(frame) {
    this.refusal = frame;
    if (this.live) this.on.problem(frame.code);
  }

  answered({ rate, token, notice }) {
    if (this.live) return;
    clearTimeout(this.timers.answer);
    this.live = true;
    this.token = token;
    this.audio.speakAt(rate);
    this.on.ready(token, notice);
    this.become("listening");
  }

  act(frame) {
    if (frame.type === "speech_started") this.listen();
    else if (frame.type === "speech_stopped") this.think();
    else if (frame.type === "transcript") this.understood(frame);
    else if (frame.type === "reply") this.announce(frame);
    else if (frame.type === "audio_end") this.finish();
    else if (frame.type === "clear") this.clear();
    else if (frame.type === "transfer") this.on.transfer(String(frame.to ?? ""));
    else if (frame.type === "status") this.on.human(frame.status === "human" && frame.assistant !== "goes_on");
    else if (frame.type === "token") this.on.token((this.token = frame.token));
  }

  listen() {
    if (!this.playing) this.become("hearing");
  }

  think() {
    this.awaiting = true;
    if (!this.playing) this.become("thinking");
    clearTimeout(this.timers.thinking);
    this.timers.thinking = setTimeout(() => this.nothing(), THINKING_MOST);
  }

  understood({ text, final }) {
    this.on.heard(String(text ?? ""), Boolean(final));
    if (final && !text) this.nothing();
  }

  /** Nothing was said after all, or no answer comes. */
  nothing() {
    this.awaiting = false;
    this.rest();
  }

  announce({ turn, text }) {
    const id = `${turn}:${this.sentences.size}:${Math.random()}`;
    this.sentences.set(id, text);
    this.audio.mark(id);
  }

  reached(id) {
    const text = this.sentences.get(id);
    this.sentences.delete(id);
    if (text) this.on.said(text);
  }

  play(buffer) {
    if (this.live) this.audio.play(buffer);
  }

  finish() {
    this.awaiting = false;
    this.audio.end();
    if (!this.playing) this.turn(false);
  }

  clear() {
    if (this.playing) {
      this.on.cut();
      this.playing = false;
      this.become("hearing");
    }
    this.awaiting = false;
    this.sentences.clear();
    this.audio.clear();
  }

  /** The voice begins or falls silent; a short pause between two sentences is part of speaking. */
  turn(playing) {
    this.playing = playing;
    clearTimeout(this.timers.pause);
    if (playing) this.become("speaking");
    else if (this.goodbye) this.end("over");
    else if (["speaking", "thinking"].includes(this.state)) this.timers.pause = setTimeout(() => this.rest(), PAUSE);
  }

  rest() {
    if (this.playing || this.over) return;
    if (!this.awaiting) clearTimeout(this.timers.thinking);
    this.become(this.awaiting ? "thinking" : "listening");
  }

  become(state) {
    if (this.over || this.state === state) return;
    this.state = state;
    this.on.state(state);
  }

  /** Send a frame of the microphone; where the network is too slow, drop it rather than fall behind. */
  send(buffer, level) {
    this.on.microphone(this.audio.muted ? 0 : level);
    if (!this.live || this.socket.readyState !== WebSocket.OPEN) return;
    const full = this.socket.bufferedAmount > BACKED_UP;
    if (!full) this.socket.send(buffer);
    if (full !== Boolean(this.slowSince)) this.on.slow(full);
    this.slowSince = full ? this.slowSince || Date.now() : 0;
    if (full && Date.now() - this.slowSince > BROKEN_AFTER) this.end("lost");
  }

  mute(on) {
    this.audio.mute(on);
  }

  press(digit) {
    if (this.live) this.tell({ type: "dtmf", digit });
  }

  /** Browsers keep audio shut until the page is touched. */
  wake() {
    this.audio.wake();
  }

  hangUp() {
    this.tell({ type: "hangup" });
    this.end("hung_up");
  }

  closed(code) {
    if (this.over) return;
    const reason = MEANING[this.refusal.code] ?? CLOSED[code] ?? (this.live && code === 1006 ? "lost" : "trouble");
    if (!this.live && (reason === "unknown" || reason === "guest") && (this.token || this.identity)) this.redial(reason);
    else if (reason === "over" && this.playing) this.letSpeak();
    else if (!this.live && code === 1006) this.end("unanswered");
    else this.end(["unknown", "guest"].includes(reason) ? "trouble" : reason, this.refusal.retry_after);
  }

  /** The earlier call is forgotten there, or the sign-in does not hold: begin without it. */
  redial(reason) {
    if (reason === "unknown" && this.token) this.token = null;
    else {
      this.identity = null;
      this.on.guest();
    }
    this.dial();
  }

  /** The other side has hung up, its last words are still on their way to the ear. */
  letSpeak() {
    this.goodbye = true;
    this.audio.deafen();
    this.timers.goodbye = setTimeout(() => this.end("over"), GOODBYE_MOST);
  }

  end(reason, retryAfter) {
    if (this.over) return;
    this.over = true;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.audio.close();
    this.socket?.close(1000);
    this.on.ended({ reason, retryAfter });
  }
}
