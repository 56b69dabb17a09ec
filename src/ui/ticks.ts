/** Round steps people read: 1, 2 or 5 times a power of ten, the smallest that needs no more than `count` steps over `span`. */
export function niceStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = raw / power;
  // The guard keeps 0.1 + 0.2 style noise from pushing an exact 1, 2 or 5 to the next step.
  const factor = [1, 2, 5].find((f) => unit <= f * (1 + 1e-9)) ?? 10;
  return factor * power;
}

/**
 * Ticks inside `[low, high]`, at most `count + 1` of them, each an exact multiple of a 1-2-5 step. An empty or non-finite
 * range gives none but its one point.
 */
export function linearTicks(low: number, high: number, count: number): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || high < low) return [];
  if (high === low) return [low];
  const step = niceStep(high - low, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Beyond 2^53 steps from zero the multiples are no longer distinct; a range so far from zero has no readable ticks.
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return [];
  const digits = Math.min(100, Math.max(0, -Math.floor(Math.log10(step))));
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(i === 0 ? 0 : Number((i * step).toFixed(digits)));
  return ticks;
}

/** Powers of ten inside `[low, high]` (both over 0), thinned to at most `count`; with room to spare, 2 and 5 between them. */
export function logTicks(low: number, high: number, count: number): number[] {
  if (!(low > 0) || !(high >= low) || !Number.isFinite(high)) return [];
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const decades = last - first + 1;
  if (decades < 2 || decades * 3 <= count) {
    const ticks: number[] = [];
    for (let e = first - 1; e <= last; e++)
      for (const f of [1, 2, 5]) {
        const tick = Number((f * 10 ** e).toPrecision(12));
        if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
      }
    return ticks;
  }
  const every = Math.ceil(decades / Math.max(1, count));
  const ticks: number[] = [];
  for (let e = first; e <= last; e += every) ticks.push(Number((10 ** e).toPrecision(12)));
  return ticks;
}
