import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { copyWith, DataType, type GraphProto, type ValueInfoProto } from '../../onnx/proto.ts';
import { inferTypes } from '../ort/types.ts';
import { Work } from '../ort/work.ts';
import type { MethodContext } from '../types.ts';
import { storeAsBfloat16 } from './bfloat16.ts';
import { GraphConversion } from './graph.ts';
import type { Float16Options } from './options.ts';
import { Readers } from './readers.ts';

/**
 * A model in float16 as onnxruntime.transformers.float16's `convert_float_to_float16`, or its weights in bfloat16. Weights are
 * read when the result is written.
 */
export async function toFloat16(model: Model, options: Float16Options, ctx: MethodContext): Promise<Model> {
  const work = new Work(model.proto, ctx, options.layers);
  if (options.dtype === 'bfloat16') return storeAsBfloat16(model, work);
  const graph = mainGraph(model);
  const types = inferTypes(model.proto, { contrib: !options.referenceTraps, infer: !options.disableShapeInfer });
  const readers = new Readers(graph, options, opsetOf(model), work);
  const converted = new GraphConversion(graph, {
    options,
    readers,
    types,
    work,
    renamed: keptNames(graph, options),
  }).run();
  return { ...model, proto: copyWith(model.proto, { graph: converted }) };
}

/** Graph inputs and outputs that stay float32, and the names that the nodes use for them. */
function keptNames(graph: GraphProto, { keepIoTypes }: Float16Options): Map<string, string> {
  const renamed = new Map<string, string>();
  const put = (list: readonly ValueInfoProto[], prefix: string) => {
    list.forEach((v, i) => {
      const type = v.type?.value;
      const float = type?.case === 'tensorType' && type.value.elemType === DataType.FLOAT;
      const kept = typeof keepIoTypes === 'boolean' ? keepIoTypes : keepIoTypes.includes(v.name);
      if (float && kept) renamed.set(v.name, `${prefix}_${i}`);
    });
  };
  put(graph.input, 'graph_input_cast');
  put(graph.output, 'graph_output_cast');
  return renamed;
}
