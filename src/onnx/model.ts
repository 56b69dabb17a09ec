import { PareError } from '../base/errors.ts';
import type { GraphProto, ModelProto } from './proto.ts';

/**
 * An ONNX model: its structure as messages, its large tensors as payloads that are read when needed (`payload.ts`).
 * Immutable: an edit gives a new model that shares all it did not touch.
 */
export interface Model {
  /** The file's name, without folders. */
  readonly name: string;
  readonly proto: ModelProto;
  /** Bytes of the file and of the external data it points to. */
  readonly bytes: number;
  /** Names of the external-data files it came with; empty when the weights are inside. */
  readonly external: readonly string[];
}

/** The main graph. @throws PareError `model/corrupt` when the file has none */
export function mainGraph(model: Model): GraphProto {
  const graph = model.proto.graph;
  if (!graph) throw new PareError('model/corrupt', `${model.name} has no graph.`, { where: model.name });
  return graph;
}

/** The version of a domain's operators that the model uses; 0 when it imports none. `''` and `ai.onnx` are one. */
export function opsetOf(model: Model, domain = ''): number {
  const same = (d: string) => (d === 'ai.onnx' ? '' : d) === domain;
  return Number(model.proto.opsetImport.find((o) => same(o.domain))?.version ?? 0n);
}
