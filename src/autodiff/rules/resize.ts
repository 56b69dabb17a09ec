import { PareError } from '../../base/errors.ts';
import { attr, attrFloat, attrInt, attrInts, attrString } from '../../onnx/attributes.ts';
import { range } from '../arithmetic.ts';
import type { Call, Rule } from '../tape.ts';
import { alongEachAxis, type Weights } from './linear.ts';

function unsupported(c: Call, what: string): PareError {
  const where = c.node.name || c.outputs[0];
  return new PareError('recipe/not-applicable', `Node "${where}" (Resize) has ${what}, which has no gradient here.`, {
    where,
    hint: 'Learn only what comes after it, or treat such nodes as constants.',
  });
}

/** Where an output position lies in the input (ONNX, Resize, coordinate_transformation_mode). */
function coordinate(c: Call, i: number, from: number, to: number, scale: number): number {
  const mode = attrString(c.node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const adjustment = to / (from * scale);
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    case 'asymmetric':
      return i / scale;
    default:
      throw unsupported(c, `the mode ${mode}`);
  }
}

function nearest(c: Call, x: number): number {
  switch (attrString(c.node, 'nearest_mode', 'round_prefer_floor')) {
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** Weights of the two or four neighbours; cubic as Keys (1981) with ONNX's coefficient. */
function neighbours(c: Call, x: number, from: number): [number, number][] {
  const clamp = (i: number) => Math.max(0, Math.min(from - 1, i));
  const mode = attrString(c.node, 'mode', 'nearest');
  if (mode === 'nearest') return [[clamp(nearest(c, x)), 1]];
  if (mode === 'linear') {
    const at = Math.max(0, Math.min(from - 1, x));
    const low = Math.floor(at);
    return [
      [low, 1 - (at - low)],
      [clamp(low + 1), at - low],
    ];
  }
  const a = attrFloat(c.node, 'cubic_coeff_a', -0.75);
  const low = Math.floor(x);
  const f = x - low;
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const weights = [far(f + 1), near(f), near(1 - f), far(2 - f)];
  return weights.map((w, k) => [clamp(low - 1 + k), w]);
}

/** Resizing works on each axis alone, so its gradient is each axis' map transposed. */
export const resize: Rule = (c) => {
  const { tape: t, inputs, outputs } = c;
  if (attrInt(c.node, 'antialias', 0)) throw unsupported(c, 'antialiasing');
  if (attrInt(c.node, 'exclude_outside', 0)) throw unsupported(c, 'exclude_outside');
  if (attrString(c.node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') {
    throw unsupported(c, 'keep_aspect_ratio_policy');
  }
  const from = t.dims(inputs[0]);
  const to = t.dims(outputs[0]);
  const axes = (attr(c.node, 'axes') ? attrInts(c.node, 'axes')! : range(from.length)).map((a) =>
    a < 0 ? a + from.length : a,
  );
  const given = inputs[2] ? t.elements(inputs[2]) : undefined;
  const maps = from.map((n, axis): Weights | undefined => {
    const k = axes.indexOf(axis);
    const scale = given?.length && k >= 0 ? given[k] : to[axis] / n;
    if (n === to[axis] && scale === 1) return undefined;
    return range(to[axis]).map((i) => neighbours(c, coordinate(c, i, n, to[axis], scale), n));
  });
  return [alongEachAxis(t, c.dy[0]!, maps, from)];
};
