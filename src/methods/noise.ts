import { type Bins, meanSquare } from './bins.ts';

/** What quantizing costs, values being spread evenly inside each bin. All in closed form, one pass over the bins. */
export interface Rounding {
  /** Σ(x − Q(x))², and how many become zero. */
  measure(bins: Bins): { noise: number; zeros: number };
  /** Calls `add` for every stretch of output values that [a, b] turns into, with its share. */
  spread(a: number, b: number, add: (low: number, high: number, share: number) => void): void;
}

/** Leaves values as they are. */
export const exact: Rounding = {
  measure: (bins) => ({ noise: 0, zeros: bins.zeros }),
  spread: (a, b, add) => add(a, b, 1),
};

/** Bins wider than this many steps are taken to have a step's own variance: the ends change it by less than 2 %. */
const MANY_STEPS = 8;

/**
 * Levels k·scale + offset for whole k in [first, last]; `first` and `last` may be infinite. Steps of no length stand for a
 * tensor of one value, which every quantizer keeps.
 */
export function uniform(scale: number, offset: number, first: number, last: number): Rounding {
  if (scale === 0) return exact;
  const lowest = first * scale;
  const highest = last * scale;
  const variance = (scale * scale) / 12;
  const index = (t: number) => Math.min(last, Math.max(first, Math.round(t / scale)));
  // ∫₀ᵗ of the squared distance to the nearest level: whole periods give scale³/12 each, the rest is a cubic.
  const integral = (t: number) => {
    const inside = Math.min(highest, Math.max(lowest, t));
    const k = Math.round(inside / scale);
    const rest = inside - k * scale;
    const beyond = t - inside;
    return k * scale * variance + (rest * rest * rest + beyond * beyond * beyond) / 3;
  };
  const zeroLevel = offset === 0 && first <= 0 && last >= 0;
  const below = first === 0 ? Number.NEGATIVE_INFINITY : -scale / 2;
  const above = last === 0 ? Number.POSITIVE_INFINITY : scale / 2;
  return {
    measure({ low, high, count, zeros }) {
      const atZero = -offset - index(-offset) * scale;
      let noise = zeros * atZero * atZero;
      let zero = zeroLevel ? zeros : 0;
      for (let i = 0; i < count.length; i++) {
        const from = low[i] - offset;
        const to = high[i] - offset;
        const width = to - from;
        if (width > MANY_STEPS * scale && from >= lowest && to <= highest) noise += count[i] * variance;
        else {
          const k = index(from);
          const one = k === index(to);
          const level = k * scale;
          noise += count[i] * (one ? meanSquare(from - level, to - level) : (integral(to) - integral(from)) / width);
          if (zeroLevel && one) zero += k === 0 ? count[i] : 0;
          else if (zeroLevel && from < above && to > below) {
            zero += (count[i] * (Math.min(to, above) - Math.max(from, below))) / width;
          }
        }
      }
      return { noise, zeros: zero };
    },
    spread(a, b, add) {
      const from = a - offset;
      const to = b - offset;
      const start = index(from);
      const end = index(to);
      if (start === end || !(to > from)) {
        add(start * scale + offset, start * scale + offset, 1);
        return;
      }
      for (let k = start; k <= end; k++) {
        const low = k === start ? from : (k - 0.5) * scale;
        const high = k === end ? to : (k + 0.5) * scale;
        if (high > low) add(k * scale + offset, k * scale + offset, (high - low) / (to - from));
      }
    },
  };
}

/**
 * Levels in ascending order, each value going to the nearest.
 * @param gain what the error of each level is to be multiplied by
 */
export function nearest(levels: Float64Array, gain: Float64Array): Rounding {
  const last = levels.length - 1;
  const border = (i: number) => (i < last ? (levels[i] + levels[i + 1]) / 2 : Number.POSITIVE_INFINITY);
  const find = (x: number) => {
    let low = 0;
    let high = last;
    while (low < high) {
      const m = (low + high) >> 1;
      if (x > border(m)) low = m + 1;
      else high = m;
    }
    return low;
  };
  return {
    measure({ low, high, count, zeros }) {
      const z = find(0);
      let noise = zeros * gain[z] * levels[z] * levels[z];
      let zero = levels[z] === 0 ? zeros : 0;
      let level = 0;
      for (let i = 0; i < count.length; i++) {
        let from = low[i];
        const width = high[i] - from;
        // Bins ascend, and so do the levels they go to.
        while (from > border(level)) level++;
        while (true) {
          const to = Math.min(high[i], border(level));
          const mass = width > 0 ? (count[i] * (to - from)) / width : count[i];
          noise += mass * gain[level] * meanSquare(from - levels[level], to - levels[level]);
          if (levels[level] === 0) zero += mass;
          if (to >= high[i]) break;
          from = to;
          level++;
        }
      }
      return { noise, zeros: zero };
    },
    spread(a, b, add) {
      for (let i = find(a), low = a; ; i++) {
        const high = Math.min(b, border(i));
        if (high > low || a === b) add(levels[i], levels[i], b > a ? (high - low) / (b - a) : 1);
        if (high >= b) return;
        low = high;
      }
    },
  };
}

/** float16: 11 significant bits down to 2⁻¹⁴, below that steps of 2⁻²⁴. */
export const half: Rounding = {
  measure({ low, high, count, zeros }) {
    let noise = 0;
    let zero = zeros;
    for (let i = 0; i < count.length; i++) {
      const x = Math.max(-low[i], high[i]);
      const step = 2 ** (Math.max(-14, Math.floor(Math.log2(x))) - 10);
      noise += count[i] * (x < step / 2 ? (x * x) / 3 : (step * step) / 12);
      if (x < step / 2) zero += count[i];
    }
    return { noise, zeros: zero };
  },
  spread: (a, b, add) => add(a, b, 1),
};
