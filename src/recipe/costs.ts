import { countMacs } from '../onnx/macs.ts';
import type { Model } from '../onnx/model.ts';
import { inferShapes } from '../onnx/shapes/infer.ts';

/** What running a model once costs, for one sample where the batch is free. Structured-cloneable. */
export interface ModelCosts {
  /** Multiply-accumulates. */
  macs: number;
  /** Nodes that multiply, whose shapes are not known: nothing is counted for them. */
  unknown: number;
  /** Of each node that has some, by its name, or by its first output when it has none. */
  nodes: [node: string, macs: number][];
}

/** Counts a model's multiply-accumulates by its shapes. Reads no weights. */
export function costsOf(model: Model): ModelCosts {
  const { total, perNode, unknown } = countMacs(model, inferShapes(model));
  const nodes = [...perNode.values()].flatMap(({ node, macs }): [string, number][] => (macs > 0 ? [[node, macs]] : []));
  return { macs: total, unknown: unknown.length, nodes };
}
