import { PareError } from '../base/errors.ts';
import { attrInt } from '../onnx/attributes.ts';
import { type Model, mainGraph } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { add, mul, reshape, scale, sub, sumAll, unary } from './arithmetic.ts';
import { sameDims, sizeOf, type Tape } from './tape.ts';

/** What a training step makes small. Targets are inputs of the training graph, fed with every batch. */
export type LossTerm = {
  /** Share in the total; 1 by default. */
  weight?: number;
} & (
  | {
      /** Softmax cross-entropy against class indices, averaged over all but the class axis. */
      kind: 'cross-entropy';
      /** A value before its softmax: see `logitsOf`. */
      logits: string;
      /** An int64 input with the dims of the logits less the class axis. */
      labels: string;
      /** Share of each label that is spread over all classes (Szegedy et al. 2016), 0 by default. */
      smoothing?: number;
      axis?: number;
    }
  | {
      /** T²·KL(teacher ‖ student) of outputs softened by T (Hinton et al. 2015), averaged over all but the class axis. */
      kind: 'distillation';
      logits: string;
      /** A float32 input with the dims of the logits: what the teacher gave before its softmax. */
      teacher: string;
      temperature: number;
      axis?: number;
    }
  | {
      /** Mean of squared differences: regression, and features that are to be alike (Romero et al. 2015, without a regressor). */
      kind: 'mse';
      value: string;
      /** A float32 input of the same dims. */
      target: string;
    }
);

/** An input of the graph that a loss needs beside the model's own. */
function target(t: Tape, name: string, dims: readonly number[], dtype: number): string {
  const known = t.facts.get(name);
  if (!known) return t.declare(name, { dtype, dims });
  if (known.dtype === dtype && sameDims(known.dims, dims)) return name;
  throw new PareError('internal', `Input "${name}" is asked for in two shapes, or is a value of the model.`);
}

function classAxis(t: Tape, logits: string, axis = -1): number {
  const rank = t.dims(logits).length;
  return axis < 0 ? axis + rank : axis;
}

function logSoftmax(t: Tape, x: string, axis: number): string {
  return t.op('LogSoftmax', [x], t.dims(x), { axis });
}

/** −log p of the labelled class, averaged. */
export function crossEntropy(t: Tape, logits: string, labels: string, axis: number, smoothing = 0): string {
  const dims = t.dims(logits);
  const log = logSoftmax(t, logits, axis);
  const indices = reshape(
    t,
    labels,
    dims.map((d, i) => (i === axis ? 1 : d)),
  );
  const picked = t.op('GatherElements', [log, indices], t.dims(indices), { axis });
  const rows = sizeOf(dims) / dims[axis];
  const hard = scale(t, sumAll(t, picked), -(1 - smoothing) / rows);
  return smoothing ? add(t, hard, scale(t, sumAll(t, log), -smoothing / sizeOf(dims))) : hard;
}

/** T²·Σ p·(log p − log q), averaged; p from the teacher. */
export function distillation(t: Tape, logits: string, teacher: string, axis: number, temperature: number): string {
  const dims = t.dims(logits);
  const log = logSoftmax(t, scale(t, logits, 1 / temperature), axis);
  const known = logSoftmax(t, scale(t, teacher, 1 / temperature), axis);
  const divergence = mul(t, unary(t, 'Exp', known), sub(t, known, log));
  return scale(t, sumAll(t, divergence), (temperature * temperature * dims[axis]) / sizeOf(dims));
}

/** The mean of (x − y)². */
export function meanSquares(t: Tape, x: string, y: string): string {
  const difference = sub(t, x, y);
  return scale(t, sumAll(t, mul(t, difference, difference)), 1 / sizeOf(t.dims(x)));
}

function termOf(t: Tape, term: LossTerm, inputs: Set<string>): string {
  const value = term.kind === 'mse' ? term.value : term.logits;
  if (!t.facts.has(value)) {
    throw new PareError('recipe/not-applicable', `The model has no value "${value}" to learn from.`, { where: value });
  }
  const dims = t.dims(value);
  if (term.kind === 'mse') {
    inputs.add(target(t, term.target, dims, t.dtype(value)));
    return meanSquares(t, value, term.target);
  }
  const axis = classAxis(t, value, term.axis);
  if (term.kind === 'distillation') {
    inputs.add(target(t, term.teacher, dims, t.dtype(value)));
    return distillation(t, value, term.teacher, axis, term.temperature);
  }
  const labels = dims.filter((_, i) => i !== axis);
  inputs.add(target(t, term.labels, labels, DataType.INT64));
  return crossEntropy(t, value, term.labels, axis, term.smoothing);
}

/** A loss on the tape: its scalar, the scalar of each term before its weight, and the inputs that were added for it. */
export interface Loss {
  readonly total: string;
  readonly terms: readonly string[];
  readonly inputs: readonly string[];
}

/** The weighted sum of the terms. @throws PareError `recipe/not-applicable` when a value is missing */
export function buildLoss(t: Tape, terms: readonly LossTerm[]): Loss {
  const inputs = new Set<string>();
  const values = terms.map((term) => termOf(t, term, inputs));
  const weighted = values.map((v, i) => scale(t, v, terms[i].weight ?? 1));
  const total = weighted.reduce((a, b) => add(t, a, b));
  return { total, terms: values, inputs: [...inputs] };
}

/**
 * The value that an output is the softmax of, or the output itself: what cross-entropy and distillation want.
 * `axis` is that of the softmax.
 */
export function logitsOf(model: Model, output: string): { name: string; axis: number } {
  const makers = new Map(mainGraph(model).node.flatMap((n) => n.output.map((o) => [o, n] as const)));
  let name = output;
  for (let node = makers.get(name); node; node = makers.get(name)) {
    if (node.opType === 'Softmax' || node.opType === 'LogSoftmax') {
      return { name: node.input[0], axis: attrInt(node, 'axis', -1) };
    }
    if (node.opType !== 'Identity') break;
    name = node.input[0];
  }
  return { name: output, axis: -1 };
}
