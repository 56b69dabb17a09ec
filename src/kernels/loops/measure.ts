import { type Sketch, Sketcher } from '../sketch.ts';
import { addErrors, type ErrorSums, errorSums, noErrors } from './errors.ts';

/** What a step's report says of a tensor: how far y is from x, and what y looks like. */
export interface Measured {
  errors: ErrorSums;
  sketch: Sketch;
}

/** Elements per piece: x and y of one piece stay in the first-level cache while both passes run over them. */
const PIECE = 2048;

/**
 * Error sums of x against y and the sketch of y in one pass over memory.
 * @param axis the axis to keep the sketch's ranges along, if any
 * @throws Error when the lengths differ
 */
export function measure(
  x: Float32Array,
  y: Float32Array<ArrayBuffer>,
  dims: readonly number[] = [y.length],
  axis?: number,
): Measured {
  if (x.length !== y.length) throw new Error(`${x.length} elements against ${y.length}`);
  const sketcher = new Sketcher(dims, axis);
  let errors = noErrors();
  for (let at = 0; at < y.length; at += PIECE) {
    const piece = y.subarray(at, at + PIECE);
    errors = addErrors(errors, errorSums(x.subarray(at, at + PIECE), piece));
    sketcher.add(piece);
  }
  return { errors, sketch: sketcher.finish() };
}
