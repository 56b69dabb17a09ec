import * as v from 'valibot';
import { attrFloat } from '../../onnx/attributes.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { raiseOpset } from '../../onnx/opset/raise.ts';
import { isFloatTensor, readFloats } from '../../onnx/tensor.ts';
import { simplify } from '../simplify/apply.ts';
import { simplifySchema } from '../simplify/options.ts';
import { batchNorm } from '../simplify/rules/batch-norm.ts';
import { RULES } from '../simplify/rules/index.ts';
import { storeModel } from '../simplify/store.ts';
import { Work } from '../simplify/work.ts';
import type { MethodContext } from '../types.ts';
import type { Normal } from './normal.ts';

/** Rules that leave every layer and what is behind it recognisable. */
const HARMLESS: ReadonlySet<string> = new Set([
  'identity',
  'dropout',
  'no-op',
  'constant-nodes',
  'constant-folding',
  'dead-code',
]);

/** Where Clip takes its bounds as inputs and Min broadcasts. */
const OPSET = 11;

/**
 * Folds BatchNormalization into the layers before it, and raises the opset to 11.
 * @returns the model, and what BatchNormalization said of the layers' outputs, by their names
 */
export async function foldNorms(
  model: Model,
  ctx: MethodContext,
): Promise<{ model: Model; statistics: Map<string, Normal> }> {
  const rules = Object.fromEntries(RULES.filter((r) => !HARMLESS.has(r)).map((r) => [r, false]));
  const base = await simplify(
    opsetOf(model) < OPSET ? raiseOpset(model, OPSET) : model,
    v.parse(simplifySchema, { method: 'simplify', rules }),
    { ...ctx, note: () => {} },
  );
  const work = new Work(base.proto, opsetOf(base));
  const statistics = new Map<string, Normal>();
  for (const op of [...work.scopes[0].ops]) {
    if (op.op !== 'BatchNormalization' || op.dead) continue;
    const maker = work.producer(op.scope, op.inputs[0]);
    const tensors = [1, 2, 4].map((i) => work.constant(op.scope, op.inputs[i] ?? ''));
    if (!batchNorm.apply(op, work) || !maker || !tensors.every((t) => t && isFloatTensor(t))) continue;
    const [gamma, beta, variance] = await Promise.all(tensors.map((t) => readFloats(t!)));
    const epsilon = attrFloat(op.node, 'epsilon', 1e-5);
    statistics.set(maker.outputs[0], {
      mean: Float64Array.from(beta),
      deviation: Float64Array.from(gamma, (g, c) => Math.abs(g) * Math.sqrt(variance[c] / (variance[c] + epsilon))),
    });
  }
  return { model: storeModel(base, work), statistics };
}
