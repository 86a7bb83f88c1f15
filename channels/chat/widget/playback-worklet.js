// The reply's voice, in the audio thread: a jitter buffer that knows how much of the reply was heard.
//
// In:  {audio: ArrayBuffer of PCM16}, {mark: id} at its place between audio, {end: true} after a reply,
//      {clear: true}, {lag: seconds} from here to the ear, {stop: true}.
// Out: {playing: bool}, {played: ms} of this reply, {mark: id} when reached, {level: 0..1}.

import { Resampler } from "./resampler.js";

const FIRST_DEPTH = 0.08; // seconds kept back before playing, so that a late packet is no gap
const MOST_DEPTH = 0.3;
const DEEPER = 0.06;
const HICCUP = 0.3; // audio that comes so soon after running dry was late, not a pause of the speaker
const LONGEST = 120; // seconds that may wait; what is beyond is left out
const REPORT_MS = 100;
const PIECE = 256;
const FADE = 96; // samples, so that an end in the middle of a word is no click
const LEVEL_EVERY = 1536;

class Playback extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate } }) {
    super();
    this.rate = rate;
    this.resampler = new Resampler(rate, sampleRate);
    this.piece = new Float32Array(PIECE);
    this.depth = FIRST_DEPTH;
    this.lag = 0;
    this.dryAt = -Infinity;
    this.last = 0;
    this.running = true;
    this.power = 0;
    this.counted = 0;
    this.forget();
    this.port.onmessage = ({ data }) => this.take(data);
  }

  forget() {
    this.queue = [];
    this.waiting = 0; // samples in the queue
    this.since = 0;
    this.flowing = false;
    this.rest = 0; // silence still to be pushed, so that the last samples come out of the filter
    this.fresh = true; // the next audio begins a reply
    this.fed = 0; // samples of this reply that went to the speakers
    this.behind = 0; // samples of those that are on their way to the ear
    this.reported = 0;
  }

  take(data) {
    if (data.audio) this.add(new Int16Array(data.audio));
    else if (data.mark !== undefined || data.end) this.queue.push(data);
    else if (data.clear) this.clear();
    else if (data.lag !== undefined) this.lag = data.lag * this.rate;
    else if (data.stop) this.running = false;
  }

  add(samples) {
    if (this.waiting + samples.length > LONGEST * this.rate) return;
    if (!this.waiting) this.since = currentTime;
    this.queue.push({ samples, at: 0 });
    this.waiting += samples.length;
  }

  clear() {
    const spoke = this.flowing;
    this.forget();
    this.resampler.reset();
    if (spoke) this.tell({ playing: false });
  }

  process(_inputs, [output]) {
    const [out] = output;
    if (!this.flowing) this.skip();
    if (!this.flowing && this.ready()) this.begin();
    if (this.flowing) this.play(out);
    else this.fade(out);
    this.hear(out.length);
    this.measure(out);
    for (const channel of output.slice(1)) channel.set(out);
    return this.running;
  }

  /** Marks and ends need no audio to be reached. */
  skip() {
    while (this.queue.length && !this.queue[0].samples) this.reach(this.queue.shift());
  }

  reach(item) {
    if (item.mark !== undefined) this.tell({ mark: item.mark });
    else this.fresh = true;
  }

  ready() {
    if (!this.waiting) return false;
    const enough = this.waiting >= this.depth * this.rate || this.queue.some((item) => item.end);
    return enough || currentTime - this.since >= this.depth;
  }

  begin() {
    if (currentTime - this.dryAt < HICCUP && !this.fresh) this.depth = Math.min(MOST_DEPTH, this.depth + DEEPER);
    this.flowing = true;
    this.rest = 2 * this.resampler.half;
    this.tell({ playing: true });
  }

  play(out) {
    let done = this.resampler.pull(out, 0);
    while (done < out.length && this.flowing) {
      this.feed();
      done = this.resampler.pull(out, done);
    }
    this.last = out[done - 1] ?? 0;
  }

  feed() {
    this.skip();
    const [item] = this.queue;
    if (!item) return this.runDry();
    if (this.fresh) this.renew();
    const count = Math.min(PIECE, item.samples.length - item.at);
    for (let i = 0; i < count; i++) this.piece[i] = item.samples[item.at + i] / 32768;
    this.resampler.push(this.piece, count);
    item.at += count;
    this.waiting -= count;
    this.fed += count;
    if (item.at === item.samples.length) this.queue.shift();
  }

  /** Count from the first sample of a new reply; the one before was played as a whole. */
  renew() {
    if (this.fed > this.reported) this.report(this.fed);
    this.fed = this.reported = 0;
    this.fresh = false;
  }

  runDry() {
    if (this.rest > 0) {
      const count = Math.min(PIECE, this.rest);
      this.resampler.push(this.piece.fill(0), count);
      this.rest -= count;
      return;
    }
    this.flowing = false;
    this.dryAt = currentTime;
    this.resampler.reset();
    this.tell({ playing: false });
  }

  fade(out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = i < FADE ? this.last * (1 - i / FADE) : 0;
    }
    this.last = 0;
  }

  /** Follow what has reached the ear by now, and report it. */
  hear(frames) {
    const passed = (frames * this.rate) / sampleRate;
    this.behind = this.flowing ? Math.min(this.lag, this.behind + passed) : Math.max(0, this.behind - passed);
    const heard = Math.max(0, this.fed - this.behind);
    const step = (REPORT_MS * this.rate) / 1000;
    if (heard - this.reported >= step || (heard > this.reported && !this.flowing && !this.behind)) this.report(heard);
  }

  report(samples) {
    this.reported = samples;
    this.tell({ played: Math.round((samples * 1000) / this.rate) });
  }

  measure(out) {
    for (let i = 0; i < out.length; i++) this.power += out[i] * out[i];
    this.counted += out.length;
    if (this.counted < LEVEL_EVERY) return;
    const level = Math.sqrt(this.power / this.counted);
    if (level || this.level) this.tell({ level });
    this.level = level;
    this.power = this.counted = 0;
  }

  tell(data) {
    this.port.postMessage(data);
  }
}

registerProcessor("switchboard-playback", Playback);
