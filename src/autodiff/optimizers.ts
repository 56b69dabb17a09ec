import { DataType } from '../onnx/proto.ts';
import { add, binary, div, mul, scale, sub, sumAll, unary } from './arithmetic.ts';
import type { Tape } from './tape.ts';

/** How parameters move along their gradients. Defaults are PyTorch's. */
export type Optimizer =
  | {
      kind: 'sgd';
      /** 0 by default. */
      momentum?: number;
      nesterov?: boolean;
      weightDecay?: number;
    }
  | {
      /** Kingma and Ba 2015; `adamw` decays weights apart from the gradient (Loshchilov and Hutter 2019). */
      kind: 'adam' | 'adamw';
      betas?: readonly [number, number];
      epsilon?: number;
      /** 0 by default, 0.01 for adamw. */
      weightDecay?: number;
    };

/** Scalar inputs of the step graph that change from step to step. */
export type Schedule = Readonly<Record<string, number>>;

const RATE = 'pare_rate';
const CORRECTION = 'pare_correction';
const DECAY = 'pare_decay';

/** One parameter's update: its next value, and what the optimizer remembers of it. */
export interface Update {
  readonly next: string;
  readonly states: readonly { readonly name: string; readonly next: string }[];
}

const decayOf = (o: Optimizer) => o.weightDecay ?? (o.kind === 'adamw' ? 0.01 : 0);

/** The scalar inputs of an optimizer; to be declared once, before the first update. */
export function declareScalars(t: Tape, optimizer: Optimizer): string[] {
  const names = [RATE];
  if (optimizer.kind !== 'sgd') names.push(CORRECTION);
  if (optimizer.kind === 'adamw' && decayOf(optimizer)) names.push(DECAY);
  for (const name of names) t.declare(name, { dtype: DataType.FLOAT, dims: [] });
  return names;
}

/** What the scalar inputs are at a step. @param step from 1 on @param rate learning rate */
export function scalarsAt(optimizer: Optimizer, step: number, rate: number): Schedule {
  if (optimizer.kind === 'sgd') return { [RATE]: rate };
  const [b1, b2] = optimizer.betas ?? [0.9, 0.999];
  return {
    [RATE]: rate / (1 - b1 ** step),
    [CORRECTION]: 1 / Math.sqrt(1 - b2 ** step),
    [DECAY]: 1 - rate * decayOf(optimizer),
  };
}

/**
 * Emits the update of one parameter. A parameter whose gradient is zero and which is zero stays exactly zero.
 * @param factor on the learning rate
 */
export function update(
  t: Tape,
  optimizer: Optimizer,
  parameter: string,
  gradient: string,
  decays: boolean,
  factor = 1,
): Update {
  const decay = decays ? decayOf(optimizer) : 0;
  const rate = factor === 1 ? RATE : scale(t, RATE, factor);
  const remember = (what: string) =>
    t.declare(t.fresh(`${parameter}_${what}`), { dtype: t.dtype(parameter), dims: t.dims(parameter) });
  const g = decay && optimizer.kind !== 'adamw' ? add(t, gradient, scale(t, parameter, decay)) : gradient;
  if (optimizer.kind === 'sgd') {
    const { momentum = 0, nesterov = false } = optimizer;
    if (!momentum) return { next: sub(t, parameter, mul(t, g, rate)), states: [] };
    const name = remember('momentum');
    const next = add(t, scale(t, name, momentum), g);
    const direction = nesterov ? add(t, g, scale(t, next, momentum)) : next;
    return { next: sub(t, parameter, mul(t, direction, rate)), states: [{ name, next }] };
  }
  const [b1, b2] = optimizer.betas ?? [0.9, 0.999];
  const first = remember('mean');
  const second = remember('square');
  const m = add(t, scale(t, first, b1), scale(t, g, 1 - b1));
  const v = add(t, scale(t, second, b2), scale(t, mul(t, g, g), 1 - b2));
  const root = mul(t, unary(t, 'Sqrt', v), CORRECTION);
  const step = mul(t, div(t, m, add(t, root, t.scalar(optimizer.epsilon ?? 1e-8, parameter))), rate);
  const from = decay && optimizer.kind === 'adamw' ? mul(t, parameter, DECAY) : parameter;
  return {
    next: sub(t, from, step),
    states: [
      { name: first, next: m },
      { name: second, next: v },
    ],
  };
}

/** Gradients scaled down so that their norm, taken over all of them, is at most `limit` (PyTorch's clip_grad_norm_). */
export function clipByNorm(t: Tape, gradients: ReadonlyMap<string, string>, limit: number): Map<string, string> {
  const squares = [...gradients.values()].map((g) => sumAll(t, mul(t, g, g)));
  const norm = unary(
    t,
    'Sqrt',
    squares.reduce((a, b) => add(t, a, b)),
  );
  const factor = binary(t, 'Min', div(t, t.scalar(limit), add(t, norm, t.scalar(1e-6))), t.scalar(1));
  return new Map([...gradients].map(([name, g]) => [name, mul(t, g, factor)]));
}
