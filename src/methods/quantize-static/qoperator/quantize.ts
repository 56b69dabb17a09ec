import type { Model } from '../../../onnx/model.ts';
import { withGraph, withoutUnused } from '../../ort/graphs.ts';
import type { Scope } from '../scope.ts';
import { RULES } from './rules.ts';
import { Walk } from './walk.ts';

/** The model with operators of integers in place of those of floats: onnxruntime/quantization/onnx_quantizer.py. */
export async function quantizeQOperator(model: Model, scope: Scope): Promise<Model> {
  // The reference asks nobody about Where, not even the list of excluded nodes.
  const always = new Set(scope.options.exact ? ['Where'] : []);
  const graph = await new Walk(scope).run(RULES, always);
  return withGraph(model, withoutUnused(graph));
}
