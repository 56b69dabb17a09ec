/** How a slider's travel maps to its value. `log` gives every decade the same travel; with `min` 0 the first notch is 0 and the rest starts at `floor`. */
export interface SliderScale {
  min: number;
  max: number;
  mapping?: 'linear' | 'log';
  /** Smallest non-zero value of a log slider from 0. Default `max / 10⁴`. */
  floor?: number;
}

/** Share of the travel kept for the exact 0 of a log slider. */
const zeroNotch = 0.02;

function logEnds({ min, max, floor }: SliderScale): [number, number] {
  const low = min > 0 ? min : (floor ?? max / 1e4);
  return [Math.log(low), Math.log(max)];
}

const usable = (scale: SliderScale): boolean =>
  scale.mapping === 'log' && scale.min >= 0 && scale.max > 0 && (scale.floor ?? scale.min) < scale.max;

/** Where a value sits on the travel, 0…1. Values outside `min…max` sit at the ends. */
export function toPosition(value: number, scale: SliderScale): number {
  const { min, max } = scale;
  if (!(max > min) || Number.isNaN(value)) return 0;
  const clamped = Math.min(max, Math.max(min, value));
  if (!usable(scale)) return (clamped - min) / (max - min);
  if (clamped <= 0) return 0;
  const [low, high] = logEnds(scale);
  const start = min > 0 ? 0 : zeroNotch;
  const share = Math.min(1, Math.max(0, (Math.log(clamped) - low) / (high - low)));
  return start + share * (1 - start);
}

/** The value at a place on the travel, snapped to `step` counted from `min` when given. */
export function fromPosition(position: number, scale: SliderScale, step?: number): number {
  const { min, max } = scale;
  const at = Math.min(1, Math.max(0, position));
  if (!(max > min) || at === 0) return min;
  if (at === 1) return max;
  let value: number;
  if (usable(scale)) {
    const [low, high] = logEnds(scale);
    const start = min > 0 ? 0 : zeroNotch;
    if (at < start) return min;
    value = Math.exp(low + ((at - start) / (1 - start)) * (high - low));
  } else value = min + at * (max - min);
  return snap(value, scale, step);
}

/** The nearest multiple of `step` from `min`, inside `min…max`. */
export function snap(value: number, { min, max }: SliderScale, step?: number): number {
  const clamped = Math.min(max, Math.max(min, value));
  if (!step) return clamped;
  // Twelve digits drop the dust of 0.1 + 0.2 without touching a value anyone sees.
  return Math.min(max, Number((min + Math.round((clamped - min) / step) * step).toPrecision(12)));
}

/** The value one key press away: `direction` ±1, `big` for Page keys and Shift. Log sliders move by 1 % of their travel. */
export function nudge(value: number, direction: number, big: boolean, scale: SliderScale, step?: number): number {
  const times = direction * (big ? 10 : 1);
  if (scale.mapping !== 'log') return snap(value + times * (step ?? (scale.max - scale.min) / 100), scale, step);
  const moved = toPosition(value, scale) + times * 0.01;
  // From 0 the first press leaves the notch of zero.
  return fromPosition(direction > 0 && value <= 0 && scale.min <= 0 ? Math.max(moved, zeroNotch) : moved, scale, step);
}
