import { PareError } from '../base/errors.ts';
import { add, filled } from './arithmetic.ts';
import { ruleOf } from './rules/index.ts';
import { type Call, isFloat, type Step, type Tape } from './tape.ts';

export interface DifferentiateOptions {
  /** Steps without a rule count as constants: nothing in front of them learns. An error that names the node otherwise. */
  constantWithoutRule?: boolean;
}

/** What people know a step by. */
export function nameOfStep(step: Step): string {
  const last = step.nodes[step.nodes.length - 1];
  return last.name || step.outputs.find((o) => o) || last.opType;
}

/**
 * Reverse-mode differentiation: appends to the tape the nodes that compute ∂loss/∂x for each x of `wrt`.
 * Only what lies between `wrt` and the loss is gone through.
 * @param loss a float scalar, or a tensor whose elements are summed
 * @returns the gradient of each name that the loss depends on, of the same dtype and dims; names it does not depend on are left out
 * @throws PareError `recipe/not-applicable` naming the node for which there is no rule
 */
export function differentiate(
  tape: Tape,
  loss: string,
  wrt: readonly string[],
  options: DifferentiateOptions = {},
): Map<string, string> {
  const steps = stepsBehind(tape, loss);
  const active = activeValues(tape, steps, wrt, options);
  const pending = new Map<string, string[]>();
  const done = new Map<string, string>();
  if (active.has(loss)) pending.set(loss, [filled(tape, 1, tape.dims(loss), loss)]);
  const gradient = (name: string): string | undefined => {
    const parts = pending.get(name);
    if (parts) {
      done.set(
        name,
        parts.reduce((a, b) => add(tape, a, b)),
      );
      pending.delete(name);
    }
    return done.get(name);
  };
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i];
    const dy = step.outputs.map((o) => (o && active.has(o) ? gradient(o) : undefined));
    if (dy.every((d) => d === undefined)) continue;
    const needs = (k: number) => k < step.inputs.length && active.has(step.inputs[k]);
    if (!step.inputs.some((_, k) => needs(k))) continue;
    const rule = step.rule ?? ruleOf(step.nodes[0]);
    if (!rule || rule === 'none') continue;
    const call: Call = { tape, step, node: step.nodes[0], inputs: step.inputs, outputs: step.outputs, dy, needs };
    rule(call).forEach((dx, k) => {
      if (dx === undefined || !needs(k)) return;
      const parts = pending.get(step.inputs[k]);
      if (parts) parts.push(dx);
      else pending.set(step.inputs[k], [dx]);
    });
  }
  const found = new Map<string, string>();
  for (const name of wrt) {
    const g = gradient(name);
    if (g !== undefined) found.set(name, g);
  }
  return found;
}

/** The steps that a value is computed by, in order. */
function stepsBehind(tape: Tape, value: string): Step[] {
  const wanted = new Set([value]);
  const steps: Step[] = [];
  for (let i = tape.steps.length - 1; i >= 0; i--) {
    const step = tape.steps[i];
    if (!step.outputs.some((o) => wanted.has(o))) continue;
    for (const name of step.inputs) if (name) wanted.add(name);
    steps.push(step);
  }
  return steps.reverse();
}

/** The values that depend on `wrt` through steps that have gradients. */
function activeValues(
  tape: Tape,
  steps: readonly Step[],
  wrt: readonly string[],
  options: DifferentiateOptions,
): ReadonlySet<string> {
  const active = new Set<string>(wrt);
  for (const step of steps) {
    if (!step.inputs.some((name) => active.has(name))) continue;
    const rule = step.rule ?? ruleOf(step.nodes[0]);
    if (rule === 'none') continue;
    if (!rule) {
      if (options.constantWithoutRule) continue;
      const { opType, domain } = step.nodes[0];
      const where = nameOfStep(step);
      throw new PareError(
        'recipe/not-applicable',
        `Node "${where}" is ${domain ? `${domain}.` : ''}${opType}, which has no gradient here.`,
        { where, hint: 'Learn only what comes after it, or treat such nodes as constants.' },
      );
    }
    for (const out of step.outputs) {
      if (out && (isFloat(tape.dtype(out)) || step.nodes[0].opType === 'QuantizeLinear')) active.add(out);
    }
  }
  return active;
}
