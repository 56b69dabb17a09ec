import { Names } from '../../encodings/names.ts';
import { attrFloat } from '../../onnx/attributes.ts';
import { rawBytes } from '../../onnx/dtypes.ts';
import { floatsToHalves } from '../../onnx/float.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { copyWith, DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats, sizeOf } from '../../onnx/tensor.ts';

/**
 * Gemms whose constants hold alpha and beta, both 1 afterwards: alpha goes into B, beta into C. Quantized Gemms have no place
 * for them that all runtimes read alike, and the reference loses beta. A computed B or C keeps its factor.
 */
export function foldGemms(model: Model): Model {
  const graph = mainGraph(model);
  const known = new Map(graph.initializer.map((t) => [t.name, t]));
  const names = new Names(model.proto);
  const added: TensorProto[] = [];
  const node = graph.node.map((n) => {
    if (n.opType !== 'Gemm' || (n.domain !== '' && n.domain !== 'ai.onnx')) return n;
    const input = [...n.input];
    let { attribute } = n;
    for (const [name, i] of [
      ['alpha', 1],
      ['beta', 2],
    ] as const) {
      const factor = attrFloat(n, name, 1);
      const tensor = known.get(input[i] ?? '');
      if (factor === 1 || !tensor || !(tensor.dataType === DataType.FLOAT || tensor.dataType === DataType.FLOAT16))
        continue;
      const scaled = times(tensor, factor, names.fresh(`${tensor.name}_${name}`));
      added.push(scaled);
      input[i] = scaled.name;
      attribute = attribute.filter((a) => a.name !== name);
    }
    return attribute === n.attribute ? n : copyWith(n, { input, attribute });
  });
  if (added.length === 0) return model;
  const used = new Set(node.flatMap((n) => n.input));
  const wasUsed = new Set(graph.node.flatMap((n) => n.input));
  // What only folded Gemms read goes; what nobody read before stays as it was.
  const initializer = graph.initializer.filter((t) => used.has(t.name) || !wasUsed.has(t.name));
  return {
    ...model,
    proto: copyWith(model.proto, { graph: copyWith(graph, { node, initializer: [...initializer, ...added] }) }),
  };
}

/** A tensor times a number, when it is read. */
function times(tensor: TensorProto, factor: number, name: string): TensorProto {
  const { dataType } = tensor;
  const payload = computedPayload(rawBytes(dataType, sizeOf(tensor)), async () => {
    const x = (await readFloats(tensor)).map((v) => v * factor);
    const view = dataType === DataType.FLOAT16 ? floatsToHalves(x) : x;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  });
  return makeTensor(name, dataType, dimsOf(tensor), payload);
}
