// The microphone, in the audio thread: mono, brought to the wire's rate, cut into frames of PCM16.

import { Resampler } from "./resampler.js";

const FRAME_MS = 32; // one frame of the server's voice detector

class Capture extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate } }) {
    super();
    this.resampler = new Resampler(sampleRate, rate);
    this.frame = new Float32Array(Math.round((rate * FRAME_MS) / 1000));
    this.filled = 0;
    this.running = true;
    this.port.onmessage = () => (this.running = false);
  }

  process([input]) {
    // Without a connected track there are no channels.
    if (input.length) {
      this.resampler.push(input[0]);
      while (this.fill()) this.send();
    }
    return this.running;
  }

  fill() {
    this.filled = this.resampler.pull(this.frame, this.filled);
    return this.filled === this.frame.length;
  }

  send() {
    const pcm = new Int16Array(this.frame.length);
    let power = 0;
    for (let i = 0; i < pcm.length; i++) {
      const sample = Math.max(-1, Math.min(1, this.frame[i]));
      power += sample * sample;
      pcm[i] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
    }
    this.filled = 0;
    const level = Math.sqrt(power / pcm.length);
    this.port.postMessage({ pcm: pcm.buffer, level }, [pcm.buffer]);
  }
}

registerProcessor("switchboard-capture", Capture);
