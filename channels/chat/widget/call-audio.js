// The sound of a call: microphone and speakers, both worked on in the audio thread.

const WORKLETS = ["./capture-worklet.js", "./playback-worklet.js"];
const LAG_EVERY = 2_000;
const MOST_LAG = 0.5;
const WISHES = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** Why there is no microphone: insecure, unsupported, denied, system, absent, occupied or failed. */
export class MicrophoneError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * `on` has: pcm(buffer, level), voice(level), playing(bool), played(ms), reached(id),
 * quieted(bool) when the system mutes the microphone, lost(reason) when it is gone for good.
 */
export class CallAudio {
  constructor({ rate, on }) {
    this.rate = rate;
    this.on = on;
    this.closed = false;
    this.muted = false;
  }

  /** Open both; called from a click, else the browser keeps the speakers shut. Rejects with MicrophoneError. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError(isSecureContext ? "unsupported" : "insecure");
    if (!globalThis.AudioWorkletNode) throw new MicrophoneError("unsupported");
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.wake();
    const modules = WORKLETS.map((path) => this.context.audioWorklet.addModule(new URL(path, import.meta.url)));
    const loaded = Promise.all(modules).catch(() => { throw new MicrophoneError("failed"); });
    await Promise.all([this.listen(), loaded]);
    if (!this.closed) this.capture();
  }

  async listen() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WISHES }).catch((error) => {
      throw new MicrophoneError(reasonOf(error));
    });
    if (this.closed) return stop(stream);
    this.stream = stream;
    const [track] = stream.getAudioTracks();
    track.enabled = !this.muted;
    track.onended = () => this.again();
    track.onmute = () => this.on.quieted(true);
    track.onunmute = () => this.on.quieted(false);
  }

  /** The device is gone, a headset unplugged: go on with another one where there is one. */
  async again() {
    if (this.closed || this.deaf) return;
    this.source?.disconnect();
    try {
      await this.listen();
      if (!this.closed) this.connect();
    } catch (error) {
      this.on.lost(error.reason);
    }
  }

  capture() {
    this.ear = new AudioWorkletNode(this.context, "switchboard-capture", {
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { rate: this.rate },
    });
    // Its output is silence: not every browser runs a node that leads nowhere.
    this.ear.connect(this.context.destination);
    this.ear.port.onmessage = ({ data }) => !this.closed && this.on.pcm(data.pcm, data.level);
    this.connect();
  }

  connect() {
    this.source = this.context.createMediaStreamSource(this.stream);
    this.source.connect(this.ear);
  }

  /** Make ready to play PCM16 at a rate. */
  speakAt(rate) {
    this.mouth = new AudioWorkletNode(this.context, "switchboard-playback", {
      numberOfInputs: 0,
      outputChannelCount: [2],
      processorOptions: { rate },
    });
    this.mouth.port.onmessage = ({ data }) => !this.closed && this.hear(data);
    this.mouth.connect(this.context.destination);
    this.tellLag();
    this.lagTimer = setInterval(() => this.tellLag(), LAG_EVERY);
  }

  hear({ level, playing, played, mark }) {
    if (level !== undefined) this.on.voice(level);
    else if (playing !== undefined) this.on.playing(playing);
    else if (played !== undefined) this.on.played(played);
    else this.on.reached(mark);
  }

  /** The time to the ear: small for built-in speakers, much with Bluetooth; it changes with the device. */
  tellLag() {
    const { outputLatency, baseLatency } = this.context;
    this.lag = Math.min(MOST_LAG, outputLatency || baseLatency || 0);
    this.mouth.port.postMessage({ lag: this.lag });
  }

  /** Play PCM16; a sample that is split between two buffers is put together. */
  play(buffer) {
    let bytes = new Uint8Array(buffer);
    if (this.half !== undefined) {
      const joined = new Uint8Array(bytes.length + 1);
      joined[0] = this.half;
      joined.set(bytes, 1);
      bytes = joined;
    }
    const whole = bytes.length - (bytes.length % 2);
    this.half = whole < bytes.length ? bytes[whole] : undefined;
    const audio = bytes.slice(0, whole).buffer;
    if (whole) this.mouth.port.postMessage({ audio }, [audio]);
  }

  /** Be told when playing has come to this place. */
  mark(id) {
    this.mouth.port.postMessage({ mark: id });
  }

  /** The reply is complete. */
  end() {
    this.half = undefined;
    this.mouth.port.postMessage({ end: true });
  }

  /** Drop what is not played yet. */
  clear() {
    this.half = undefined;
    this.mouth.port.postMessage({ clear: true });
  }

  mute(on) {
    this.muted = on;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** Browsers suspend audio without a click, and phones while another call rings. */
  wake() {
    if (this.context && !["running", "closed"].includes(this.context.state)) this.context.resume().catch(() => {});
  }

  /** Let go of the microphone; what is being said goes on. */
  deafen() {
    this.deaf = true;
    this.source?.disconnect();
    this.ear?.port.postMessage("stop");
    this.ear?.disconnect();
    if (this.stream) stop(this.stream);
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.lagTimer);
    this.deafen();
    this.mouth?.port.postMessage({ stop: true });
    this.mouth?.disconnect();
    this.context?.close().catch(() => {});
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

/** Media Capture and Streams, section 10.2: what the names of its errors mean for the caller. */
function reasonOf({ name, message }) {
  if (name === "NotAllowedError" || name === "SecurityError") return /system/i.test(message) ? "system" : "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "absent";
  if (name === "NotReadableError" || name === "AbortError") return "occupied";
  return "failed";
}
