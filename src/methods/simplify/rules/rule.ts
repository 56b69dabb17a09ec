import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';

/** One way to make a graph smaller without changing what it computes. */
export interface Rule {
  /** Operators of ONNX's own domain that it looks at. */
  readonly ops: readonly string[];
  /** Applies itself at this node if it can, and says whether it did. */
  apply(op: Op, work: Work): boolean;
}

/** Whether only the node's first output is taken, so that the others can go with it. */
export function onlyFirstOutput(op: Op): boolean {
  return op.outputs.every((name, i) => i === 0 || !name || (!op.scope.uses.has(name) && !op.scope.pinned.has(name)));
}
