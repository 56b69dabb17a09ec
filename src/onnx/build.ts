import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './proto.ts';

/** What an attribute can be said as. Whole numbers become ints; wrap a float attribute as `{ float: 1 }`. */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | { strings: readonly string[] }
  | { tensor: TensorProto }
  | { graph: GraphProto };

/** An attribute message. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  const utf8 = (s: string) => new TextEncoder().encode(s);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: utf8(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ('floats' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value.floats] });
  }
  if ('strings' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRINGS, strings: value.strings.map(utf8) });
  }
  if ('tensor' in value) return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: value.tensor });
  if ('graph' in value) return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value.graph });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** A node message. `domain` goes last among the options, since most nodes have none. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  options: { name?: string; domain?: string } = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [...output],
    ...options,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

/** A graph input or output. A string dim is symbolic; null dims leave the shape unknown. */
export function valueInfo(name: string, elemType: number, dims: readonly (number | string)[] | null): ValueInfoProto {
  const shape = dims && {
    dim: dims.map((d) =>
      typeof d === 'string'
        ? { value: { case: 'dimParam' as const, value: d } }
        : { value: { case: 'dimValue' as const, value: BigInt(d) } },
    ),
  };
  const tensorType = { elemType, ...(shape && { shape }) };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } });
}

/** A graph message. */
export function graph(
  name: string,
  nodes: NodeProto[],
  input: ValueInfoProto[],
  output: ValueInfoProto[],
  initializer: TensorProto[] = [],
): GraphProto {
  return create(GraphProtoSchema, { name, node: nodes, input, output, initializer });
}

/** A model message around a graph. IR version 10 is the newest that ORT 1.17 to 1.30 all load with opset 21. */
export function modelProto(g: GraphProto, opset = 21, otherDomains: Readonly<Record<string, number>> = {}): ModelProto {
  const opsetImport = [{ domain: '', version: BigInt(opset) }];
  for (const [domain, version] of Object.entries(otherDomains)) opsetImport.push({ domain, version: BigInt(version) });
  return create(ModelProtoSchema, { irVersion: 10n, producerName: 'pare', graph: g, opsetImport });
}

/** A small in-memory model as the bytes a runtime loads. Its tensors must hold their numbers inside. */
export function encodeModel(proto: ModelProto): Uint8Array<ArrayBuffer> {
  return toBinary(ModelProtoSchema, proto) as Uint8Array<ArrayBuffer>;
}
