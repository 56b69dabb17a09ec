/** Widths of the two outer panes in CSS pixels; the middle takes the rest. */
export interface PaneSizes {
  left: number;
  right: number;
}

/** No pane gets narrower than `min`, and the middle keeps `middle`. */
export interface PaneLimits {
  min: number;
  middle: number;
}

/** The widths that fit `total`: what was asked for, as far as the limits allow. The outer panes give way in proportion. */
export function fitPanes(sizes: PaneSizes, total: number, { min, middle }: PaneLimits): PaneSizes {
  const left = Math.max(min, sizes.left);
  const right = Math.max(min, sizes.right);
  const room = Math.max(2 * min, total - middle);
  if (left + right <= room) return { left, right };
  const spare = room - 2 * min;
  const wanted = left + right - 2 * min;
  return { left: min + (spare * (left - min)) / wanted, right: min + (spare * (right - min)) / wanted };
}

/** Sizes from storage, or `fallback` when there are none or they make no sense. */
export function parsePanes(stored: string | null, fallback: PaneSizes): PaneSizes {
  try {
    const value = JSON.parse(stored ?? 'null');
    const ok = (n: unknown): n is number => typeof n === 'number' && n > 0 && n < 1e5;
    return ok(value?.left) && ok(value?.right) ? { left: value.left, right: value.right } : fallback;
  } catch {
    return fallback;
  }
}
