/** For each axis of a tensor the indices that stay, ascending; undefined for all of them. */
export type Keep = (Int32Array | undefined)[];

/**
 * The elements of a row-major tensor at the indices that stay on each axis.
 * @param width bytes of an element
 */
export function takeIndices(
  raw: Uint8Array<ArrayBuffer>,
  dims: readonly number[],
  keep: Keep,
  width: number,
): Uint8Array<ArrayBuffer> {
  // Axes behind the last that is cut are copied as one run.
  let last = dims.length - 1;
  while (last >= 0 && !keep[last]) last--;
  if (last < 0) return raw.slice();
  const run = dims.slice(last + 1).reduce((a, b) => a * b, width);
  const strides = dims.map(() => run);
  for (let k = last - 1; k >= 0; k--) strides[k] = strides[k + 1] * dims[k + 1];
  const total = dims.reduce((n, d, k) => n * (keep[k]?.length ?? d), width);
  const out = new Uint8Array(total);
  let at = 0;
  const copy = (axis: number, offset: number) => {
    const kept = keep[axis];
    const count = kept?.length ?? dims[axis];
    for (let i = 0; i < count; i++) {
      const from = offset + (kept ? kept[i] : i) * strides[axis];
      if (axis === last) {
        if (run === 4) {
          out[at] = raw[from];
          out[at + 1] = raw[from + 1];
          out[at + 2] = raw[from + 2];
          out[at + 3] = raw[from + 3];
        } else out.set(raw.subarray(from, from + run), at);
        at += run;
      } else copy(axis + 1, from);
    }
  };
  copy(0, 0);
  return out;
}
