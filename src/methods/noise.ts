/** What quantizing costs, integrated over an interval of evenly spread values. All in closed form. */
export interface Rounding {
  /** Mean of (x − Q(x))² over [a, b]. */
  error(a: number, b: number): number;
  /** Share of [a, b] that becomes zero. */
  zero(a: number, b: number): number;
  /** Calls `add` for every stretch of output values that [a, b] turns into, with its share. */
  spread(a: number, b: number, add: (low: number, high: number, share: number) => void): void;
}

/** Leaves values as they are. */
export const exact: Rounding = {
  error: () => 0,
  zero: (a, b) => (a === 0 && b === 0 ? 1 : 0),
  spread: (a, b, add) => add(a, b, 1),
};

/**
 * Levels k·scale + offset for whole k in [first, last]; `first` and `last` may be infinite. Steps of no length stand for a
 * tensor of one value, which every quantizer keeps.
 */
export function uniform(scale: number, offset: number, first: number, last: number): Rounding {
  if (scale === 0) return exact;
  const lowest = first * scale;
  const highest = last * scale;
  const index = (t: number) => Math.min(last, Math.max(first, Math.round(t / scale)));
  // ∫₀ᵗ of the squared distance to the nearest level: whole periods give scale³/12 each, the rest is a cubic.
  const integral = (t: number) => {
    const inside = Math.min(highest, Math.max(lowest, t));
    const k = Math.round(inside / scale);
    const beyond = t - inside;
    return (k * scale ** 3) / 12 + (inside - k * scale) ** 3 / 3 + beyond ** 3 / 3;
  };
  const zeroLevel = offset === 0 && first <= 0 && last >= 0;
  const below = first === 0 ? Number.NEGATIVE_INFINITY : -scale / 2;
  const above = last === 0 ? Number.POSITIVE_INFINITY : scale / 2;
  return {
    error(a, b) {
      const from = a - offset;
      const to = b - offset;
      if (!(to > from)) return (from - index(from) * scale) ** 2;
      return Math.max(0, (integral(to) - integral(from)) / (to - from));
    },
    zero(a, b) {
      if (!zeroLevel) return 0;
      if (!(b > a)) return a >= below && a <= above ? 1 : 0;
      return Math.max(0, Math.min(b, above) - Math.max(a, below)) / (b - a);
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
  const border = (i: number) => (levels[i] + levels[i + 1]) / 2;
  const find = (x: number) => {
    let low = 0;
    let high = levels.length - 1;
    while (low < high) {
      const m = (low + high) >> 1;
      if (x > border(m)) low = m + 1;
      else high = m;
    }
    return low;
  };
  /** Cells that [a, b] runs through. */
  const cells = (a: number, b: number, visit: (level: number, low: number, high: number) => void) => {
    for (let i = find(a), low = a; ; i++) {
      const high = i + 1 < levels.length ? Math.min(b, border(i)) : b;
      if (high > low || a === b) visit(i, low, high);
      if (high >= b) return;
      low = high;
    }
  };
  return {
    error(a, b) {
      let sum = 0;
      if (!(b > a)) {
        const i = find(a);
        return gain[i] * (a - levels[i]) ** 2;
      }
      cells(a, b, (i, low, high) => {
        sum += (gain[i] * ((high - levels[i]) ** 3 - (low - levels[i]) ** 3)) / 3;
      });
      return sum / (b - a);
    },
    zero(a, b) {
      let share = 0;
      cells(a, b, (i, low, high) => {
        if (levels[i] === 0) share += b > a ? (high - low) / (b - a) : 1;
      });
      return share;
    },
    spread(a, b, add) {
      cells(a, b, (i, low, high) => add(levels[i], levels[i], b > a ? (high - low) / (b - a) : 1));
    },
  };
}

/** float16: 11 significant bits down to 2⁻¹⁴, below that steps of 2⁻²⁴. */
export const half: Rounding = {
  error(a, b) {
    const x = Math.max(Math.abs(a), Math.abs(b));
    if (x === 0) return 0;
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(x))) - 10);
    return x < step / 2 ? (x * x) / 3 : (step * step) / 12;
  },
  zero: (a, b) => (Math.max(Math.abs(a), Math.abs(b)) < 2 ** -25 ? 1 : 0),
  spread: (a, b, add) => add(a, b, 1),
};
