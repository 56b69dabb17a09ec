import type { AttributeProto, NodeProto } from './proto.ts';

/** The node's attribute of that name. */
export function attr(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((a) => a.name === name);
}

/** An int attribute, or its default. */
export function attrInt(node: NodeProto, name: string, fallback: number): number {
  const a = attr(node, name);
  return a ? Number(a.i) : fallback;
}

/** A float attribute, or its default. */
export function attrFloat(node: NodeProto, name: string, fallback: number): number {
  return attr(node, name)?.f ?? fallback;
}

/** An ints attribute; undefined when absent. */
export function attrInts(node: NodeProto, name: string): number[] | undefined {
  return attr(node, name)?.ints.map(Number);
}

/** A string attribute, or its default. */
export function attrString(node: NodeProto, name: string, fallback: string): string {
  const a = attr(node, name);
  return a?.s ? new TextDecoder().decode(a.s) : fallback;
}
