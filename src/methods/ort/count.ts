import type { NodeProto } from '../../onnx/proto.ts';

/** How many nodes have each key; those without one are passed over. */
export function countBy(nodes: readonly NodeProto[], key: (n: NodeProto) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const n of nodes) {
    const k = key(n);
    if (k !== undefined) counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  return counts;
}

/** `Conv ×4, MatMul ×2` */
export const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([op, n]) => `${op} ×${n}`).join(', ');
