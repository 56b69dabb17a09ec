import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { inferTypes } from '../ort/types.ts';

/**
 * The tensors that get a range, with their dtype: whatever float16 or float32 value goes in or out of a node of these op
 * types in the main graph, and is no initializer. Nodes that are excluded by name count too.
 * onnxruntime/quantization/calibrate.py, `select_tensors_to_calibrate`.
 */
export function calibratedTensors(model: Model, opTypes: ReadonlySet<string>): Map<string, number> {
  const graph = mainGraph(model);
  const types = inferTypes(model.proto).get(graph)!;
  const constant = new Set(graph.initializer.map((t) => t.name));
  const found = new Map<string, number>();
  for (const node of graph.node) {
    if (!opTypes.has(node.opType)) continue;
    for (const name of [...node.input, ...node.output]) {
      const type = types.of(name);
      if ((type === DataType.FLOAT || type === DataType.FLOAT16) && !constant.has(name)) found.set(name, type);
    }
  }
  return found;
}
