import { PareError } from '../base/errors.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { add, binary, div, mul, range, reduce, reshape, scale, sub, unary } from './arithmetic.ts';
import { type Rule, type Step, sizeOf, type Tape } from './tape.ts';

/** How a value is rounded to integers and back while learning. */
export interface FakeQuantizer {
  /** 2 … 16. */
  bits: number;
  /** Integers −(2^(b−1) − 1) … 2^(b−1) − 1 around zero; else 0 … 2^b − 1 with a zero point. */
  symmetric: boolean;
  /** Other integers than those. */
  qmin?: number;
  qmax?: number;
  /** A scale for each index of this axis; one for all by default. */
  axis?: number;
  /**
   * Scales and zero points to start from (one, or one per channel); without them the range of the values in each batch decides, as
   * weights have it.
   */
  scale?: readonly number[];
  zeroPoint?: readonly number[];
  /** Whether the scale learns along. It does in its logarithm, so that it stays positive (Jain et al. 2020). */
  learn?: boolean;
}

/** A fake quantizer on the tape. */
export interface Quantized {
  readonly output: string;
  /** The scale. */
  readonly scale: string;
  /** The parameter that learns: the natural logarithm of the scale. */
  readonly parameter?: string;
}

const identity: Rule = (c) => [c.dy[0]];
const nothing: Rule = () => [];

function limits(q: FakeQuantizer): readonly [number, number] {
  if (q.bits < 2 || q.bits > 16)
    throw new PareError('recipe/invalid', `${q.bits} bits cannot be learned; 2 to 16 can.`);
  const top = q.symmetric ? 2 ** (q.bits - 1) - 1 : 2 ** q.bits - 1;
  return [q.qmin ?? (q.symmetric ? -top : 0), q.qmax ?? top];
}

/**
 * s·(round(clip(x/s + z)) − z). Rounding passes gradients straight through, clipping only inside, so that the gradient of a learned
 * scale is that of LSQ (Esser et al. 2020, equations 3 and 5), scaled by 1/√(N·qmax) as there.
 * @returns the value to take x's place
 */
export function fakeQuantize(t: Tape, x: string, q: FakeQuantizer): Quantized {
  const [qmin, qmax] = limits(q);
  const dims = t.dims(x);
  const axis = q.axis === undefined ? undefined : q.axis < 0 ? q.axis + dims.length : q.axis;
  const shape = axis === undefined ? [] : dims.map((d, i) => (i === axis ? d : 1));
  let parameter: string | undefined;
  let step: string;
  let zero: string | undefined;
  if (q.scale) {
    const start = shape.length && q.scale.length === 1 ? new Array(sizeOf(shape)).fill(q.scale[0]) : q.scale;
    if (q.learn) {
      const name = t.fresh(`${x}_log_scale`);
      parameter = t.initializer(makeTensor(name, DataType.FLOAT, shape, Float32Array.from(start, Math.log)));
      // N is what one scale is learned from: for an activation, one sample's elements.
      const slope = 1 / Math.sqrt((sizeOf(dims) / sizeOf(shape)) * qmax);
      const damped: Rule = (c) => [scale(t, c.dy[0]!, slope)];
      const passed = t.op('Identity', [parameter], shape, {}, { rule: damped });
      step = unary(t, 'Exp', passed);
    } else step = t.floats(start, shape);
    if (q.zeroPoint?.some((z) => z !== 0)) {
      const all =
        shape.length && q.zeroPoint.length === 1 ? new Array(sizeOf(shape)).fill(q.zeroPoint[0]) : q.zeroPoint;
      zero = t.floats(all, shape);
    }
  } else [step, zero] = measuredRange(t, x, axis, shape, q.symmetric, qmin, qmax);
  const v = div(t, x, step);
  const shifted = zero ? add(t, v, zero) : v;
  const clipped = t.op('Clip', [shifted, t.scalar(qmin, x), t.scalar(qmax, x)], dims);
  const rounded = t.op('Round', [clipped], dims, {}, { rule: identity });
  const output = mul(t, zero ? sub(t, rounded, zero) : rounded, step);
  return { output, scale: step, parameter };
}

/** Scale and zero point from the extremes of the values at hand, zero always among them. No gradient goes through them. */
function measuredRange(
  t: Tape,
  x: string,
  axis: number | undefined,
  shape: readonly number[],
  symmetric: boolean,
  qmin: number,
  qmax: number,
): [string, string | undefined] {
  const axes = range(t.dims(x).length).filter((i) => i !== axis);
  // A tensor of zeros has any scale.
  const least = t.scalar(1e-12, x);
  let zero: string | undefined;
  const [step] = t.composite([x], nothing, () => {
    if (symmetric) {
      const top = reshape(t, reduce(t, 'ReduceMax', unary(t, 'Abs', x), axes), shape);
      return [binary(t, 'Max', scale(t, top, 1 / qmax), least)];
    }
    const none = t.scalar(0, x);
    const low = binary(t, 'Min', reshape(t, reduce(t, 'ReduceMin', x, axes), shape), none);
    const high = binary(t, 'Max', reshape(t, reduce(t, 'ReduceMax', x, axes), shape), none);
    const wide = binary(t, 'Max', scale(t, sub(t, high, low), 1 / (qmax - qmin)), least);
    zero = sub(t, t.scalar(qmin, x), unary(t, 'Round', div(t, low, wide)));
    return [wide, zero];
  });
  return [step, zero];
}

/**
 * Puts fake quantizers behind values of a traced model: every step that takes one of them takes its rounded form. The
 * values themselves, outputs of the model among them, keep their names and stay as they are.
 */
export function insertFakeQuantizers(t: Tape, quantizers: ReadonlyMap<string, FakeQuantizer>): Map<string, Quantized> {
  const made = new Map<string, Quantized>();
  const steps = t.steps;
  t.steps = [];
  const place = (name: string) => {
    const q = quantizers.get(name);
    if (q && !made.has(name)) made.set(name, fakeQuantize(t, name, q));
  };
  const taken = (name: string) => made.get(name)?.output ?? name;
  const computed = new Set(steps.flatMap((s) => s.outputs));
  for (const name of quantizers.keys()) {
    t.fact(name);
    if (!computed.has(name)) place(name);
  }
  for (const step of steps) {
    t.steps.push(renamed(step, taken));
    step.outputs.forEach(place);
  }
  return made;
}

function renamed(step: Step, taken: (name: string) => string): Step {
  if (!step.inputs.some((i) => taken(i) !== i) || step.nodes.length !== 1) return step;
  const [node] = step.nodes;
  node.input = node.input.map(taken);
  return { ...step, inputs: step.inputs.map(taken) };
}
