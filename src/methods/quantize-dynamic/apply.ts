import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { DataType, type GraphProto } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';
import { withGraph, withoutUnused } from '../ort/graphs.ts';
import { inferTypes } from '../ort/types.ts';
import { Work } from '../ort/work.ts';
import type { MethodContext } from '../types.ts';
import { gemmsToMatMul } from './gemm.ts';
import type { QuantizeDynamicOptions } from './options.ts';
import { RULES } from './rules.ts';
import { Walk } from './walk.ts';

/** DynamicQuantizeLinear came with opset 11. */
const OPSET = 11;
const UNSIGNED_IF = new Set(['Conv', 'GroupQueryAttention', 'MultiHeadAttention']);

/** The weight type that `auto` stands for. */
function weightTypeOf(model: Model, { weightType }: Pick<QuantizeDynamicOptions, 'weightType'>) {
  if (weightType !== 'auto') return weightType;
  for (const { nodes } of scopes(model.proto)) if (nodes.some((n) => UNSIGNED_IF.has(n.opType))) return 'QUInt8';
  return 'QInt8';
}

/**
 * Dynamic quantization as onnxruntime.quantization's `quantize_dynamic`: weights become 8-bit integers here, activations when
 * the model runs. Weights are read when the result is written.
 * @throws PareError `recipe/not-applicable` for opsets below 11 and for float16 models
 */
export async function quantizeDynamic(
  model: Model,
  options: QuantizeDynamicOptions,
  ctx: MethodContext,
): Promise<Model> {
  const opset = opsetOf(model);
  if (opset < OPSET) {
    throw new PareError('recipe/not-applicable', `The model has opset ${opset}; quantize-dynamic needs ${OPSET}.`, {
      hint: 'Export the model with a newer opset.',
    });
  }
  const work = new Work(model.proto, ctx, options.layers);
  const graph = gemmsToMatMul(mainGraph(model), work);
  const typed = withGraph(model, graph);
  const types = inferTypes(typed.proto);
  refuseHalf(graph, options);
  const shared = { options, weightType: weightTypeOf(model, options), types, work };
  const walked = new Walk(graph, shared).run(RULES);
  return withGraph(model, withoutUnused(walked));
}

/** DynamicQuantizeLinear takes float32 only. */
function refuseHalf(graph: GraphProto, { opTypesToQuantize }: QuantizeDynamicOptions): void {
  const halves = new Set(graph.initializer.filter((t) => t.dataType === DataType.FLOAT16).map((t) => t.name));
  const wanted: readonly string[] = opTypesToQuantize;
  const n = graph.node.find(({ opType, input }) => wanted.includes(opType) && input.some((name) => halves.has(name)));
  if (!n) return;
  throw new PareError('recipe/not-applicable', `${n.opType} "${n.name}" has float16 weights.`, {
    where: n.name,
    hint: 'Quantize the float32 model first and convert to float16 afterwards.',
  });
}
