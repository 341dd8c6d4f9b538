// The model in a browser: from samples to an order. Equal to predict.py beside the page.
"use strict";

const NONE = "none";

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function unpack(array) {
  const kinds = { float32: Float32Array, float64: Float64Array };
  return new kinds[array.type](decodeBase64(array.base64).buffer);
}

const turns = new Map();

// Cosine and sine of every multiple of a full turn's n-th part.
function turnsOf(n) {
  if (!turns.has(n)) {
    const angles = Float64Array.from({ length: n }, (_, k) => (2 * Math.PI * k) / n);
    turns.set(n, [angles.map(Math.cos), angles.map(Math.sin)]);
  }
  return turns.get(n);
}

// Fourier transform of n samples from `start` on, `stride` apart: real and imaginary parts. Halves
// (Cooley and Tukey 1965) while n is even, so that any n is right and a power of two is fast.
function transform(samples, start = 0, stride = 1, n = samples.length) {
  if (n % 2) return transformDirectly(samples, start, stride, n);
  const half = n / 2, [cos, sin] = turnsOf(n);
  const [evenRe, evenIm] = transform(samples, start, 2 * stride, half);
  const [oddRe, oddIm] = transform(samples, start + stride, 2 * stride, half);
  const re = new Float64Array(n), im = new Float64Array(n);
  for (let k = 0; k < half; k++) {
    const turnedRe = cos[k] * oddRe[k] + sin[k] * oddIm[k];
    const turnedIm = cos[k] * oddIm[k] - sin[k] * oddRe[k];
    re[k] = evenRe[k] + turnedRe;
    im[k] = evenIm[k] + turnedIm;
    re[k + half] = evenRe[k] - turnedRe;
    im[k + half] = evenIm[k] - turnedIm;
  }
  return [re, im];
}

function transformDirectly(samples, start, stride, n) {
  const [cos, sin] = turnsOf(n);
  const re = new Float64Array(n), im = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let t = 0; t < n; t++) {
      re[k] += samples[start + t * stride] * cos[(k * t) % n];
      im[k] -= samples[start + t * stride] * sin[(k * t) % n];
    }
  }
  return [re, im];
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

class Recogniser {
  // model: MODEL of model.js. runtime: RUNTIME of runtime.js.
  static async open(model, runtime) {
    const module = new Blob([runtime.module], { type: "text/javascript" });
    const ort = await import(URL.createObjectURL(module));
    ort.env.wasm.wasmBinary = decodeBase64(runtime.webassembly).buffer;
    ort.env.wasm.numThreads = 1;
    const sessions = {};
    for (const [name, graph] of Object.entries(model.graphs)) {
      sessions[name] = await ort.InferenceSession.create(decodeBase64(graph));
    }
    return new Recogniser(model, ort, sessions);
  }

  constructor(model, ort, sessions) {
    this.description = model.description;
    this.ort = ort;
    this.graph = sessions["model.onnx"];
    this.network = sessions[model.description.network];
    this.window = unpack(model.arrays.window);
    this.noise = unpack(model.arrays.noise);
    this.filters = this.sparseFilters(unpack(model.arrays.filter_bank), model.arrays.filter_bank.shape);
  }

  // Of each filter: its first bin and its weights from there to its last one.
  sparseFilters(bank, [nFilters, nBins]) {
    return Array.from({ length: nFilters }, (_, index) => {
      const row = bank.subarray(index * nBins, (index + 1) * nBins);
      const first = row.findIndex((weight) => weight !== 0);
      const last = row.findLastIndex((weight) => weight !== 0);
      return first < 0 ? [0, row.subarray(0, 0)] : [first, row.subarray(first, last + 1)];
    });
  }

  // Why samples hold no order that could be understood; undefined where they may.
  problem(waveform) {
    const { sample_rate, min_duration_s, max_duration_s } = this.description;
    const duration_s = waveform.length / sample_rate;
    if (duration_s < min_duration_s) return "Too short; speak a little longer.";
    if (duration_s > max_duration_s) return `Too long; speak for at most ${max_duration_s} s.`;
    if (largest(waveform.map(Math.abs)) < 1e-3) return "Nothing was heard; check the microphone.";
    return undefined;
  }

  // Keeps the speech, levels it, and puts faint noise under and around it.
  frame(waveform) {
    const { sample_rate: rate, framing } = this.description;
    const speech = waveform.subarray(...this.speechSpan(waveform));
    const pad = Math.trunc(framing.pad_s * rate);
    const gain = framing.peak / Math.max(largest(speech.map(Math.abs)), 1e-5);
    const noiseGain = 10 ** (framing.noise_db / 20);
    const framed = this.noise.slice(0, speech.length + 2 * pad).map((value) => value * noiseGain);
    speech.forEach((value, index) => { framed[pad + index] += value * gain; });
    return framed;
  }

  speechSpan(waveform) {
    const { sample_rate: rate, framing } = this.description;
    const window = Math.trunc(0.025 * rate), hop = Math.trunc(0.01 * rate);
    if (waveform.length < window) return [0, waveform.length];
    const powers = [];
    for (let start = 0; start + window <= waveform.length; start += hop) {
      powers.push(mean(waveform.subarray(start, start + window).map((value) => value * value)));
    }
    const least = largest(powers) * 10 ** (-framing.trim_db / 10);
    const isLoud = (power) => power >= least;
    let first = powers.findIndex(isLoud), last = powers.findLastIndex(isLoud);
    const levels = powers.slice(first, last + 1).map((power) => 10 * Math.log10(Math.max(power, 1e-20)));
    first += this.steadyFrames(levels);
    last -= this.steadyFrames(levels.reverse());
    const keep = Math.trunc(framing.keep_s * rate);
    return [Math.max(0, first * hop - keep), Math.min(waveform.length, last * hop + window + keep)];
  }

  // How many frames of 10 ms at the beginning are steady noise, such as a fan's.
  steadyFrames(levels) {
    const begin = levels.slice(0, 40), level = mean(begin);
    const deviation = Math.sqrt(mean(begin.map((value) => (value - level) ** 2)));
    if (begin.length < 40 || deviation > 2.5) return 0;
    const staysAbove = (_, index) =>
      index + 3 <= levels.length && levels.slice(index, index + 3).every((value) => value > level + 4);
    return Math.max(0, levels.findIndex(staysAbove));
  }

  // Mel powers in dB: one array for each frame.
  levels(waveform) {
    const { hop_length, pad, power_floor, range_db } = this.description.spectrogram;
    const framed = this.frame(waveform);
    const padded = new Float64Array(framed.length + 2 * pad);
    padded.set(framed, pad);
    const rows = [];
    for (let start = 0; start + this.window.length <= padded.length; start += hop_length) {
      const samples = padded.subarray(start, start + this.window.length);
      rows.push(this.melPowers(samples).map((power) => 10 * Math.log10(Math.max(power, power_floor))));
    }
    const least = largest(rows.map(largest)) - range_db;
    return rows.map((row) => row.map((level) => Math.max(level, least)));
  }

  melPowers(samples) {
    const windowed = samples.map((value, index) => value * this.window[index]);
    const [re, im] = transform(windowed);
    return Float64Array.from(this.filters, ([first, weights]) =>
      weights.reduce((sum, weight, index) => {
        const bin = first + index;
        return sum + weight * (re[bin] * re[bin] + im[bin] * im[bin]);
      }, 0));
  }

  // What the model reads: a tensor of shape (frames, n_features).
  async features(waveform) {
    const rows = this.levels(waveform);
    if (this.description.spectrogram.normalise) this.normalise(rows);
    const values = new Float32Array(rows.length * rows[0].length);
    rows.forEach((row, index) => values.set(row, index * row.length));
    const tensor = new this.ort.Tensor("float32", values, [rows.length, rows[0].length]);
    if (!this.network) return tensor;
    return (await this.network.run({ level_db: tensor })).features;
  }

  // Mean 0 for each feature, one standard deviation of 1 for all of them.
  normalise(rows) {
    const means = rows[0].map((_, feature) => mean(rows.map((row) => row[feature])));
    rows.forEach((row) => row.forEach((_, feature) => { row[feature] -= means[feature]; }));
    const variance = mean(rows.map((row) => mean(row.map((value) => value * value))));
    const scale = Math.max(Math.sqrt(variance), 1e-3);
    rows.forEach((row) => row.forEach((_, feature) => { row[feature] /= scale; }));
  }

  // Mono samples at the model's rate -> { order, confidence, understood, probabilities }.
  async predict(waveform) {
    const features = await this.features(waveform);
    const [nFrames, nFeatures] = features.dims;
    const outputs = await this.graph.run({
      features: features.reshape([1, nFrames, nFeatures]),
      lengths: new this.ort.Tensor("int64", [BigInt(nFrames)], [1]),
    });
    const ranked = {};
    for (const [slot, labels] of Object.entries(this.description.labels)) {
      ranked[slot] = this.rank(outputs[`logits_${slot}`].data, labels);
    }
    return this.choose(ranked);
  }

  // [label, probability], the most probable first.
  rank(logits, labels) {
    const highest = largest(logits);
    const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
    const sum = powers.reduce((total, power) => total + power, 0);
    return labels.map((label, index) => [label, powers[index] / sum]).sort((a, b) => b[1] - a[1]);
  }

  // The most probable order: `none` is no answer for a slot that every order speaks.
  choose(ranked) {
    const { required, rejection_threshold } = this.description;
    const slots = Object.keys(ranked);
    const spoken = (slot) => ranked[slot].find(([label]) => label !== NONE);
    const answers = {};
    for (const slot of slots) {
      answers[slot] = required?.includes(slot) ? spoken(slot) : ranked[slot][0];
    }
    if (required?.length === 0 && slots.every((slot) => answers[slot][0] === NONE)) {
      const gain = (slot) => spoken(slot)[1] / answers[slot][1];
      const slot = slots.reduce((best, other) => (gain(other) > gain(best) ? other : best));
      answers[slot] = spoken(slot);
    }
    const confidence = slots.reduce((product, slot) => product * answers[slot][1], 1);
    const order = Object.fromEntries(slots.map((slot) => [slot, answers[slot][0]]));
    return { order, confidence, understood: confidence >= rejection_threshold, ranked };
  }
}
