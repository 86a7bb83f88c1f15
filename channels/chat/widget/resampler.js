// Changes the rate of a stream of samples. Runs in the audio thread, so it allocates nothing while it works.
// A windowed sinc (Kaiser) low-pass, one set of coefficients per phase of the ratio; see Crochiere and
// Rabiner, "Multirate Digital Signal Processing", chapter 4.

const LOBES = 24; // zero crossings of the sinc on each side
const BETA = 7; // Kaiser window: the stop band lies some 70 dB down
const EDGE = 0.91; // middle of the slope, as a share of the lower Nyquist frequency, at which the stop band begins
const MOST_PHASES = 640; // ratios with more are rounded to the nearest phase

/** The most samples one push may bring. */
export const ROOM = 2048;

export class Resampler {
  constructor(from, to) {
    const divisor = gcd(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    this.half = from === to ? 1 : Math.ceil(LOBES * Math.max(1, from / to));
    this.phases = Math.min(this.up, MOST_PHASES);
    this.kernels = kernels(this.phases, this.half, from === to ? 1 : EDGE * Math.min(1, to / from));
    this.input = new Float32Array(2 * this.half + 2 * ROOM + this.down);
    this.reset();
  }

  /** Forget what came before; the first output stands at the time of the first input. */
  reset() {
    this.input.fill(0);
    this.start = 0;
    this.end = this.half - 1;
    this.phase = 0;
  }

  /** Take in samples from -1 to 1; pull what they give before the next push. */
  push(samples, count = samples.length) {
    if (this.end + count > this.input.length) this.shift();
    for (let i = 0; i < count; i++) this.input[this.end + i] = samples[i];
    this.end += count;
  }

  shift() {
    this.input.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }

  /** Write as many output samples as are known, at most up to `to`; return the index after the last. */
  pull(out, from = 0, to = out.length) {
    const taps = 2 * this.half;
    let index = from;
    for (; index < to && this.start + taps <= this.end; index++) {
      const phase = Math.round((this.phase * this.phases) / this.up) % this.phases;
      const kernel = this.kernels[phase];
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += kernel[k] * this.input[this.start + k];
      out[index] = sum;
      this.phase += this.down;
      this.start += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    return index;
  }
}

function kernels(phases, half, cutoff) {
  const made = [];
  for (let phase = 0; phase < phases; phase++) {
    const kernel = new Float32Array(2 * half);
    let sum = 0;
    for (let k = 0; k < kernel.length; k++) {
      const at = k - half + 1 - phase / phases;
      kernel[k] = sinc(cutoff * at) * kaiser(at / half);
      sum += kernel[k];
    }
    for (let k = 0; k < kernel.length; k++) kernel[k] /= sum;
    made.push(kernel);
  }
  return made;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x) {
  return bessel(BETA * Math.sqrt(Math.max(0, 1 - x * x))) / bessel(BETA);
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-10; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}
