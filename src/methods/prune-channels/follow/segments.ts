import { type Dims, sameDim } from '../../../onnx/shapes/dims.ts';

/** Consecutive axes of a Reshape's input and the axes of its output that hold the same elements; axes of length 1 are in none. */
export interface Segment {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Grows a segment from both sides' next axes until their products agree. Gives how many axes of each it took, or undefined. */
function grow(a: Dims, b: Dims, step: 1 | -1): { a: number; b: number } | undefined {
  const at = (dims: Dims, i: number) => dims[step === 1 ? i : dims.length - 1 - i];
  if (a.length === 0 || b.length === 0) return undefined;
  if (sameDim(at(a, 0), at(b, 0))) return { a: 1, b: 1 };
  let [i, j, p, q] = [0, 0, 1, 1];
  do {
    const left = p <= q;
    const next = left ? at(a, i) : at(b, j);
    if (typeof next !== 'number' || next === 0) return undefined;
    if (left) {
      p *= next;
      i++;
    } else {
      q *= next;
      j++;
    }
  } while (p !== q);
  return { a: i, b: j };
}

/**
 * How a Reshape regroups axes: the smallest segments that can be told from the dims, found from the front and then from the back.
 * `rest` are the axes of the input in between, of which nothing can be told.
 */
export function segmentsOf(before: Dims, after: Dims): { segments: Segment[]; rest: number[] } {
  const long = (dims: Dims) => dims.map((_, k) => k).filter((k) => dims[k] !== 1);
  let [from, to] = [long(before), long(after)];
  const segments: Segment[] = [];
  for (const step of [1, -1] as const) {
    for (;;) {
      const taken = grow(
        from.map((k) => before[k]),
        to.map((k) => after[k]),
        step,
      );
      if (!taken) break;
      const cut = (list: number[], n: number) =>
        step === 1 ? [list.slice(0, n), list.slice(n)] : [list.slice(-n), list.slice(0, -n)];
      const [[a, restA], [b, restB]] = [cut(from, taken.a), cut(to, taken.b)];
      segments.push({ from: a, to: b });
      [from, to] = [restA, restB];
    }
  }
  return { segments, rest: from };
}
