import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import { MiB } from '../base/limits.ts';
import { decodeModel, STRUCTURE_SLACK } from './decode.ts';
import { AttributeType, type ModelProto, ModelProtoSchema } from './proto.ts';
import { lenHeader } from './wire.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const join = (...parts: (Uint8Array | number[])[]) => new Uint8Array(Buffer.concat(parts.map((p) => Buffer.from(p))));
const wrap = (no: number, ...body: (Uint8Array | number[])[]): Bytes => {
  const b = join(...body);
  return join(lenHeader(no, b.length), b);
};
const decode = (bytes: Bytes, budget = 1e8) => decodeModel(bytes, 'm', budget);
const node = (...body: (Uint8Array | number[])[]) => wrap(7, wrap(1, ...body));
const firstNode = (m: ModelProto) => m.graph!.node[0];
const nothing = new Uint8Array(0);

describe('what the wire format allows', () => {
  test('repeated numbers, packed or not, in either declaration', () => {
    // ints (8) is declared unpacked, int64_data (7) packed.
    const unpacked = [0x40, 1, 0x40, 2];
    const packed = wrap(8, [3, 4]);
    const a = firstNode(decode(node(wrap(5, unpacked, packed)))).attribute[0];
    expect(a.ints).toEqual([1n, 2n, 3n, 4n]);
    const t = decode(wrap(7, wrap(5, [0x38, 5], wrap(7, [6, 7])))).graph!.initializer[0];
    expect(t.int64Data).toEqual([5n, 6n, 7n]);
  });

  test('int64s of every size and sign', () => {
    const values = [
      0n,
      1n,
      -1n,
      1023n,
      1024n,
      2n ** 53n,
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 32n,
      -(2n ** 32n),
    ];
    const w = new BinaryWriter();
    for (const v of values) w.tag(8, WireType.Varint).int64(v);
    const a = firstNode(decode(node(wrap(5, w.finish())))).attribute[0];
    expect(a.ints).toEqual(values);
    const u = [2n ** 64n - 1n, 2n ** 63n, 0n, 2n ** 53n + 1n];
    const p = new BinaryWriter();
    for (const v of u) p.uint64(v);
    expect(decode(wrap(7, wrap(5, wrap(11, p.finish())))).graph!.initializer[0].uint64Data).toEqual(u);
  });

  test('a message that comes in pieces is merged', () => {
    const m = decode(join(wrap(7, wrap(2, [65]), wrap(1)), wrap(7, wrap(2, [66]), wrap(1), wrap(1))));
    expect(m.graph!.name).toBe('B');
    expect(m.graph!.node).toHaveLength(3);
    // Also one whose first piece is shared with an equal attribute elsewhere.
    const type = wrap(14, wrap(6, [68]));
    const both = decode(join(node(wrap(5, type)), node(wrap(5, type, wrap(14, wrap(1, [8, 1]))))));
    expect(both.graph!.node[0].attribute[0].tp!.value.case).toBeUndefined();
    expect(both.graph!.node[1].attribute[0].tp!.value.case).toBe('tensorType');
    expect(both.graph!.node[1].attribute[0].tp!.denotation).toBe('D');
  });

  test('absent and zero stay different', () => {
    const a = firstNode(decode(node(wrap(5, [0x18, 0])))).attribute[0];
    expect(Object.hasOwn(a, 'i')).toBe(true);
    expect(Object.hasOwn(a, 'f')).toBe(false);
    expect(a.f).toBe(0);
  });

  test.each([
    ['an unknown number', [0xf8, 0x06, 1]],
    ['unknown fixed ones', [0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x06, 1, 2, 3, 4]],
    ['unknown bytes', wrap(111, [1, 2, 3])],
    ['a group', [0xfb, 0x06, 0x10, 5, 0xfc, 0x06]],
    ['a known field of the wrong wire type', [0x38, 1]],
    ['an enum value from the future', wrap(7, wrap(1, wrap(5, [0xa0, 1, 99])))],
    ['names that are not UTF-8', wrap(7, wrap(2, [0xff, 0xc3, 0x28]))],
  ])('%s comes back as it was', (_, bytes) => {
    const file = join([8, 9], bytes);
    expect(toBinary(ModelProtoSchema, decode(file))).toEqual(file);
  });

  test('an unknown enum value is not taken for a known one', () => {
    const a = firstNode(decode(node(wrap(5, [0xa0, 1, 99])))).attribute[0];
    expect(a.type).toBe(AttributeType.UNDEFINED);
  });
});

describe('what it does not', () => {
  test.each([
    ['a length past the end of its message', wrap(7, [0x0a, 5, 1])],
    ['a number cut off', [8, 0x80]],
    ['a fixed number cut off', node(wrap(5, [0x15, 0, 0]))],
    ['half a float in a packed field', wrap(7, wrap(5, wrap(4, [1, 2, 3])))],
    ['field number 0', [0, 1]],
    ['an end without its group', [0xfc, 0x06]],
    ['a group without its end', [0xfb, 0x06]],
  ])('%s is refused', (_, bytes) => {
    expect(() => decode(join(bytes))).toThrow(expect.objectContaining({ code: 'model/corrupt' }));
  });

  test('subgraphs and types nested without end are refused, not followed', () => {
    let graph: Bytes = nothing;
    for (let i = 0; i < 2000; i++) graph = wrap(1, wrap(5, wrap(6, graph)));
    expect(() => decode(wrap(7, graph))).toThrow(expect.objectContaining({ code: 'model/limit' }));
    let type: Bytes = nothing;
    for (let i = 0; i < 5000; i++) type = wrap(4, wrap(1, type));
    expect(() => decode(wrap(7, wrap(11, wrap(2, type))))).toThrow(expect.objectContaining({ code: 'model/limit' }));
  });
});

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const repeat = (piece: Uint8Array | number[], n: number): Bytes => {
  const p = Uint8Array.from(piece);
  const out = new Uint8Array(n * p.length);
  for (let i = 0; i < out.length; i++) out[i] = p[i % p.length];
  return out;
};

const all = (n: number, piece: (i: number) => Bytes): Bytes =>
  new Uint8Array(Buffer.concat(Array.from({ length: n }, (_, i) => piece(i))));

describe('memory', () => {
  test('equal attributes and types are one frozen message', () => {
    const a = wrap(5, wrap(1, Buffer.from('axis')), [0x18, 1, 0xa0, 1, 2]);
    const [x, y] = decode(wrap(7, wrap(1, a), wrap(1, a))).graph!.node.map((n) => n.attribute[0]);
    expect(x).toBe(y);
    expect(Object.isFrozen(x)).toBe(true);
  });

  // The worst shapes of a small file: many messages, lists, numbers or unknown fields of one or two bytes each.
  const N = 2 ** 20;
  const many = (piece: Uint8Array | number[]) => repeat(piece, N);
  test.each([
    ['nodes', wrap(7, many(wrap(1)))],
    ['tensors', wrap(7, many(wrap(5)))],
    ['attributes', node(many(wrap(5)))],
    ['functions', many(wrap(25))],
    ['dims', wrap(7, wrap(11, wrap(2, wrap(1, wrap(2, many(wrap(1)))))))],
    ['empty strings of a tensor', wrap(7, wrap(5, many(wrap(6))))],
    ['unknown fields', many([0x78, 1])],
    ['large ints', node(wrap(5, wrap(8, many([0x80, 8, 0x80, 8, 0x80, 8, 0x80, 8]))))],
  ])('%s: refused rather than past four times the file and 64 MB', (_, bytes) => {
    const budget = 3 * bytes.length + STRUCTURE_SLACK;
    expect(budget + bytes.length).toBeLessThan(4 * bytes.length + 64 * MiB);
    expect(() => decodeModel(bytes, 'm', budget)).toThrow(expect.objectContaining({ code: 'model/limit' }));
  });

  test.each([
    ['nodes', (n: number) => wrap(7, repeat(wrap(1), n))],
    ['tensors', (n: number) => wrap(7, repeat(wrap(5), n))],
    ['names', (n: number) => node(all(n, (i) => wrap(1, Buffer.from(`value_${i}`))))],
    ['unknown fields', (n: number) => repeat([0x78, 1], n)],
    ['byte strings', (n: number) => node(wrap(5, repeat(wrap(9), n)))],
    [
      'types',
      (n: number) =>
        wrap(
          7,
          all(n, (i) => wrap(13, wrap(2, wrap(6, Buffer.from(`${i}`))))),
        ),
    ],
  ])('%s that just fit take no more than the budget says', (_, make) => {
    const budget = 20 * MiB;
    let bytes = make(1000);
    for (let n = 1000; ; n = Math.ceil(n * 1.4)) {
      const more = make(n);
      try {
        decodeModel(more, 'm', budget);
      } catch {
        break;
      }
      bytes = more;
    }
    collect();
    const before = process.memoryUsage().heapUsed;
    const model = decodeModel(bytes, 'm', budget);
    collect();
    const taken = process.memoryUsage().heapUsed - before;
    expect(model.graph ?? model.$unknown).toBeDefined();
    // The table of remembered strings and messages takes half a megabyte while decoding and may still be there.
    expect(taken).toBeLessThan(budget + MiB);
    expect(taken).toBeGreaterThan(budget / 3);
  });

  test('100,000 nodes with names, attributes and types are far within it', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) =>
      join(
        wrap(
          1,
          wrap(1, Buffer.from(`v${i}`)),
          wrap(1, Buffer.from(`w${i}`)),
          wrap(2, Buffer.from(`v${i + 1}`)),
          wrap(3, Buffer.from(`n${i}`)),
          wrap(4, Buffer.from('Conv')),
          wrap(5, wrap(1, Buffer.from('strides')), [0x40, 1, 0x40, 1, 0xa0, 1, 7]),
          wrap(5, wrap(1, Buffer.from('group')), [0x18, 1, 0xa0, 1, 2]),
        ),
        wrap(
          13,
          wrap(1, Buffer.from(`v${i + 1}`)),
          wrap(2, wrap(1, [8, 1], wrap(2, wrap(1, [8, 1]), wrap(1, [8, 64])))),
        ),
      ),
    );
    const bytes = wrap(7, ...nodes);
    const m = decodeModel(bytes, 'm', STRUCTURE_SLACK);
    expect(m.graph!.node).toHaveLength(100_000);
    expect(fromBinary(ModelProtoSchema, bytes).graph!.node[99_999]).toEqual(m.graph!.node[99_999]);
  });
});
