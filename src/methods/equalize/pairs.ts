import { attrFloat, attrInt, attrInts, attrString } from '../../onnx/attributes.ts';
import type { Op } from '../simplify/scope.ts';
import type { Work } from '../simplify/work.ts';
import type { Layer } from './layers.ts';

/** Two layers with nothing between them but what commutes with a positive factor for each channel. */
export interface Pair {
  readonly first: Layer;
  readonly second: Layer;
  /** Input channels of the second layer for each output channel of the first: more than one past a Flatten. */
  readonly spread: number;
  /** Clips from 0 on the way, with their bounds. */
  readonly clips: readonly { op: Op; bound: number }[];
  /** The first layer's output goes through a Relu or such a Clip before anything else. */
  readonly relu: boolean;
  /** What is between passes on a shift of each channel, and the second layer pads nothing, so that it reaches all of its sums. */
  readonly shifts: boolean;
  /** The second layer's inputs have the means of what the Relu, if any, lets through. */
  readonly means: boolean;
  /** What becomes of a channel that is one value everywhere; NaN when it does not stay one. */
  through(value: number): number;
}

/** Why two layers are no pair, for the note: its key, and the operator between them. */
export interface NoPair {
  key: 'equalize-branches' | 'equalize-between';
  op?: string;
}

const MAX_BETWEEN = 8;

/** f(s·x) = s·f(x) for s > 0, channel by channel; and what f makes of x + c, and of a channel that is c everywhere. */
interface Between {
  shifts: boolean;
  means?: boolean;
  constant(x: number): number;
  clip?: number;
  flattens?: boolean;
}

const same = (x: number) => x;
/** Padding counts as zeros in an average, and not in a maximum. */
const onlyZero = (x: number) => (x === 0 ? 0 : Number.NaN);

function between(op: Op, work: Work): Between | undefined {
  switch (op.op) {
    case 'Relu':
      return { shifts: false, constant: (x) => Math.max(0, x) };
    case 'LeakyRelu': {
      const alpha = attrFloat(op.node, 'alpha', 0.01);
      return { shifts: false, constant: (x) => (x < 0 ? alpha * x : x) };
    }
    case 'PRelu':
      return work.constant(op.scope, op.inputs[1])
        ? { shifts: false, constant: (x) => (x >= 0 ? x : Number.NaN) }
        : undefined;
    case 'Clip': {
      const clip = boundOf(op, work);
      return clip === undefined ? undefined : { shifts: false, constant: (x) => Math.min(clip, Math.max(0, x)), clip };
    }
    case 'MaxPool':
    case 'GlobalMaxPool':
      return { shifts: true, constant: same };
    case 'Dropout':
    case 'Identity':
    case 'GlobalAveragePool':
      return { shifts: true, means: true, constant: same };
    case 'AveragePool': {
      const plain = isUnpadded(op);
      return { shifts: plain, means: plain, constant: plain ? same : onlyZero };
    }
    case 'ReduceMean':
      return isSpatialMean(op, work)
        ? { shifts: true, means: true, constant: same, flattens: attrInt(op.node, 'keepdims', 1) === 0 }
        : undefined;
    case 'Flatten':
    case 'Reshape':
      return flattens(op, work) ? { shifts: true, means: true, constant: same, flattens: true } : undefined;
    default:
      return undefined;
  }
}

function isSpatialMean(op: Op, work: Work): boolean {
  const axes = attrInts(op.node, 'axes') ?? work.ints(op, 1);
  const rank = work.fact(op.inputs[0])?.dims?.length ?? 0;
  return !!axes?.length && rank > 2 && axes.every((a) => (a < 0 ? a + rank : a) >= 2);
}

/** The bound of a Clip from 0 to something positive. */
function boundOf(op: Op, work: Work): number | undefined {
  const old = work.opset < 11;
  const low = old ? attrFloat(op.node, 'min', -Infinity) : op.inputs[1] ? work.floats(op, 1)?.[0] : -Infinity;
  const high = old ? attrFloat(op.node, 'max', Infinity) : op.inputs[2] ? work.floats(op, 2)?.[0] : Infinity;
  return low === 0 && high !== undefined && high > 0 ? high : undefined;
}

/** Whether channels stay whole and in order: [N, C, …] becomes [N, C·…]. */
function flattens(op: Op, work: Work): boolean {
  const from = work.fact(op.inputs[0])?.dims;
  if (op.op === 'Flatten') return attrInt(op.node, 'axis', 1) === 1;
  const to = work.fact(op.outputs[0])?.dims;
  return !!from && to?.length === 2 && from.length > 1 && from[0] !== null && from[0] === to[0];
}

function isUnpadded(op: Op): boolean {
  const auto = attrString(op.node, 'auto_pad', 'NOTSET');
  const rounded = attrInt(op.node, 'ceil_mode', 0) === 1;
  return (auto === 'NOTSET' || auto === 'VALID') && !rounded && (attrInts(op.node, 'pads') ?? []).every((p) => p === 0);
}

/** What ends many networks: that it follows a layer is nothing to tell. */
const ENDS: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid', 'ArgMax', 'QuantizeLinear']);

/** Follows the layer's output to the next layer, as long as it goes to one node at a time. */
export function pairFrom(first: Layer, layers: ReadonlyMap<Op, Layer>, work: Work): Pair | NoPair | undefined {
  const { scope } = first.op;
  const steps: Between[] = [];
  const clips: { op: Op; bound: number }[] = [];
  let name = first.op.outputs[0];
  for (let step = 0; step < MAX_BETWEEN; step++) {
    const users = scope.uses.get(name);
    // Outputs of the model have to keep their values.
    if (!users || scope.pinned.has(name)) return undefined;
    if (!work.isOnly(scope, name)) return { key: 'equalize-branches' };
    const next = [...users.keys()][0];
    if (next.scope !== scope) return { key: 'equalize-branches' };
    const second = layers.get(next);
    if (second && next.inputs[0] === name) {
      const spread = second.inputs / first.outputs;
      if (!Number.isInteger(spread) || (spread > 1 && second.op.op !== 'Gemm')) return undefined;
      const [head] = steps;
      const relu = !!head && !head.shifts && head.constant(-1) === 0;
      return {
        ...{ first, second, spread, clips },
        relu,
        means: steps.slice(relu ? 1 : 0).every((s) => s.means),
        shifts: steps.slice(1).every((s) => s.shifts) && (second.op.op === 'Gemm' || isUnpadded(second.op)),
        through: (value) => steps.reduce((x, s) => s.constant(x), value),
      };
    }
    const found = next.inputs[0] === name ? between(next, work) : undefined;
    const bare = next.outputs.slice(1).every((o) => !o || !(scope.uses.has(o) || scope.pinned.has(o)));
    if (!found || !bare) return ENDS.has(next.type) ? undefined : { key: 'equalize-between', op: next.type };
    if (found.clip !== undefined && found.clip < Infinity) {
      // A bound for each channel needs the channels to be an axis.
      if (steps.some((s) => s.flattens)) return { key: 'equalize-between', op: 'Clip' };
      clips.push({ op: next, bound: found.clip });
    }
    steps.push(found);
    name = next.outputs[0];
  }
  return undefined;
}
