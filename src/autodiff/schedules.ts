/** How the learning rate goes over a training. */
export interface RateOptions {
  kind: 'constant' | 'cosine';
  /** The highest rate. */
  rate: number;
  /** Steps in all. */
  steps: number;
  /** Steps in which it rises linearly from 0; the first step has rate/warmup. */
  warmup?: number;
  /** What a cosine ends at, 0 by default. */
  floor?: number;
}

/** The learning rate at a step (0 … steps − 1): half a cosine down (Loshchilov and Hutter 2017), after a linear rise. */
export function rateAt(o: RateOptions, step: number): number {
  const warmup = o.warmup ?? 0;
  if (step < warmup) return (o.rate * (step + 1)) / warmup;
  if (o.kind === 'constant') return o.rate;
  const floor = o.floor ?? 0;
  const done = Math.min(1, (step - warmup) / Math.max(1, o.steps - warmup));
  return floor + 0.5 * (o.rate - floor) * (1 + Math.cos(Math.PI * done));
}
