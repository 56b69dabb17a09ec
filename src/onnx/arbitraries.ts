import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  type AttributeProtoSchema,
  AttributeType,
  DataType,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type SparseTensorProtoSchema,
  type TensorProtoSchema,
  type TypeProtoSchema,
} from './proto.ts';

/** Random models for property tests: every message of a model, every kind of attribute, unknown fields, ugly names. */

// Names as exporters write them, and as nobody should. A string that is not well-formed has no UTF-8 to compare with.
const name = fc.oneof(
  fc.constantFrom('', 'w', 'x', 'layer/0/weight', '"q"', '🙂', '__proto__', 'a b', '\0'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const bytes = fc.uint8Array({ maxLength: 40 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const float = fc.float({ noNaN: true });
const list = <T>(item: fc.Arbitrary<T>, maxLength = 3) => fc.array(item, { maxLength });
const entries = list(fc.record({ key: name, value: name }), 2);

const unknown = list(
  fc.record({
    no: fc.integer({ min: 1000, max: 100_000 }),
    wireType: fc.constant(0),
    data: fc.integer({ min: 0, max: 127 }).map((v) => Uint8Array.of(v)),
  }),
  2,
).map((u) => (u.length ? u : undefined));

/** Sizes on both sides of what stays inside. */
const size = fc.oneof(
  { weight: 5, arbitrary: fc.nat(20) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 3000 }) },
);

const tensor: fc.Arbitrary<MessageInitShape<typeof TensorProtoSchema>> = fc
  .record({
    name,
    size,
    docString: fc.option(name, { nil: undefined }),
    kind: fc.nat(8),
    seed: fc.nat(),
    $unknown: unknown,
  })
  .map(({ name, size, docString, kind, seed, $unknown }) => {
    const n = Array.from({ length: size }, (_, i) => (seed + 7919 * i) % 251);
    const base = { name, docString, dims: [BigInt(size)], $unknown };
    switch (kind) {
      case 0:
        return { ...base, dataType: DataType.INT64, int64Data: n.map((v) => BigInt(v) - 99n) };
      case 1:
        return { ...base, dataType: DataType.FLOAT, floatData: n.map((v) => v / 8) };
      case 2:
        return { ...base, dataType: DataType.DOUBLE, doubleData: n.map((v) => v / 7) };
      case 3:
        return { ...base, dataType: DataType.INT8, int32Data: n.map((v) => v - 126) };
      case 4:
        return { ...base, dataType: DataType.UINT64, uint64Data: n.map((v) => BigInt(v) << 56n) };
      case 5:
        return { ...base, dataType: DataType.STRING, stringData: n.map((v) => Uint8Array.of(v, 255)) };
      case 6:
        return { ...base, dataType: DataType.UINT8, dims: [BigInt(size), 1n, 0n], rawData: new Uint8Array(0) };
      default:
        return {
          ...base,
          dataType: DataType.FLOAT,
          rawData: Uint8Array.from({ length: 4 * size }, (_, i) => (seed + 31 * i) & 255),
        };
    }
  });

const sparse: fc.Arbitrary<MessageInitShape<typeof SparseTensorProtoSchema>> = fc
  .record({ name, nnz: fc.nat(4) })
  .map(({ name, nnz }) => ({
    dims: [50n],
    values: { name, dataType: DataType.FLOAT, dims: [BigInt(nnz)], rawData: new Uint8Array(4 * nnz).fill(63) },
    indices: {
      dataType: DataType.INT64,
      dims: [BigInt(nnz)],
      int64Data: Array.from({ length: nnz }, (_, i) => BigInt(3 * i)),
    },
  }));

const { type } = fc.letrec<{ type: MessageInitShape<typeof TypeProtoSchema> }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .record({
        elemType: fc.nat(26),
        dims: fc.option(list(fc.oneof(int64, name)), { nil: undefined }),
        denotation: name,
      })
      .map(({ elemType, dims, denotation }) => ({
        denotation,
        value: {
          case: 'tensorType' as const,
          value: {
            elemType,
            shape: dims && {
              dim: dims.map((d) =>
                typeof d === 'string'
                  ? { value: { case: 'dimParam' as const, value: d } }
                  : { value: { case: 'dimValue' as const, value: d } },
              ),
            },
          },
        },
      })),
    tie('type').map((elemType) => ({ value: { case: 'sequenceType' as const, value: { elemType } } })),
    tie('type').map((elemType) => ({ value: { case: 'optionalType' as const, value: { elemType } } })),
    tie('type').map((valueType) => ({ value: { case: 'mapType' as const, value: { keyType: 7, valueType } } })),
  ),
}));
const value = fc.record({
  name,
  type: fc.option(type, { nil: undefined }),
  docString: fc.option(name, { nil: undefined }),
  metadataProps: entries,
});

const { graph, node } = fc.letrec<{
  graph: MessageInitShape<typeof GraphProtoSchema>;
  node: MessageInitShape<typeof NodeProtoSchema>;
  attribute: MessageInitShape<typeof AttributeProtoSchema>;
}>((tie) => ({
  graph: fc.record({
    name,
    node: fc.array(tie('node'), { maxLength: 4, depthIdentifier: 'graph' }),
    initializer: list(tensor, 4),
    sparseInitializer: list(sparse, 1),
    input: list(value, 2),
    output: list(value, 2),
    valueInfo: list(value, 2),
    quantizationAnnotation: list(fc.record({ tensorName: name, quantParameterTensorNames: entries }), 1),
    metadataProps: entries,
    docString: fc.option(name, { nil: undefined }),
    $unknown: unknown,
  }),
  node: fc.record({
    opType: fc.constantFrom('Constant', 'If', 'Relu', 'MatMul', ''),
    domain: fc.option(name, { nil: undefined }),
    overload: fc.option(name, { nil: undefined }),
    name,
    input: list(name),
    output: list(name, 2),
    attribute: fc.array(tie('attribute'), { maxLength: 3, depthIdentifier: 'graph' }),
    metadataProps: entries,
    $unknown: unknown,
  }),
  attribute: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'graph' },
    fc.record({ name, type: fc.constant(AttributeType.INT), i: int64 }),
    fc.record({ name, type: fc.constant(AttributeType.FLOAT), f: float, docString: name }),
    fc.record({ name, type: fc.constant(AttributeType.STRING), s: bytes }),
    fc.record({ name: fc.constant('value'), type: fc.constant(AttributeType.TENSOR), t: tensor }),
    fc.record({ name, type: fc.constant(AttributeType.SPARSE_TENSOR), sparseTensor: sparse }),
    fc.record({ name, type: fc.constant(AttributeType.TYPE_PROTO), tp: type }),
    fc.record({ name, type: fc.constant(AttributeType.INTS), ints: list(int64) }),
    fc.record({ name, type: fc.constant(AttributeType.FLOATS), floats: list(float) }),
    fc.record({ name, type: fc.constant(AttributeType.STRINGS), strings: list(bytes) }),
    fc.record({ name, type: fc.constant(AttributeType.TENSORS), tensors: list(tensor, 2) }),
    fc.record({ name, type: fc.constant(AttributeType.SPARSE_TENSORS), sparseTensors: list(sparse, 2) }),
    fc.record({ name, type: fc.constant(AttributeType.TYPE_PROTOS), typeProtos: list(type, 2) }),
    fc.record({ name, refAttrName: name }),
    fc.record({ name, type: fc.constant(AttributeType.GRAPH), g: tie('graph') }),
    fc.record({
      name,
      type: fc.constant(AttributeType.GRAPHS),
      graphs: fc.array(tie('graph'), { maxLength: 2, depthIdentifier: 'graph' }),
    }),
  ),
}));

/** A whole model. */
export const model = fc
  .record({
    irVersion: fc.constantFrom(3n, 8n, 10n),
    opsetImport: fc.constant([{ domain: '', version: 17n }]),
    producerName: name,
    graph,
    functions: list(
      fc.record({
        name,
        domain: name,
        input: list(name),
        output: list(name),
        attribute: list(name),
        node: list(node, 2),
        opsetImport: fc.constant([{ domain: '', version: 17n }]),
      }),
      1,
    ),
    metadataProps: entries,
    $unknown: unknown,
  })
  .map((init) => create(ModelProtoSchema, init as never));
