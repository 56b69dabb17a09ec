import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { model } from './arbitraries.ts';
import { encodeModel } from './encode.ts';
import { type ModelProto, ModelProtoSchema } from './proto.ts';
import { decodeText } from './text.ts';

function same(proto: ModelProto): void {
  const bytes = encodeModel(proto).map((s) => (s instanceof Uint8Array ? s : new Uint8Array(0)));
  expect(Buffer.compare(Buffer.concat(bytes), toBinary(ModelProtoSchema, proto))).toBe(0);
}

test('models of every kind of message are the bytes that the library writes', () => {
  fc.assert(fc.property(model, same), { numRuns: 300 });
});

test('numbers of every size and sign, and text of any bytes', () => {
  const powers = Array.from({ length: 64 }, (_, i) => 2n ** BigInt(i)).flatMap((p) => [p - 1n, p, p + 1n]);
  const longs = [...powers, ...powers.map((p) => -p)].map((v) => BigInt.asIntN(64, v));
  const floats = [0, -0, 1e-45, Number.NaN, Number.NEGATIVE_INFINITY, 0.1];
  const texts = ['', 'é', 'x'.repeat(127), 'y'.repeat(128), '🙂 and more', decodeText(Uint8Array.of(65, 255, 128, 66))];
  same(
    create(ModelProtoSchema, {
      irVersion: -1n,
      docString: '',
      producerName: texts[5],
      graph: {
        name: 'z'.repeat(100_000),
        node: texts.map((name) => ({ name, input: texts, attribute: [{ name, f: -0, i: 0n, s: new Uint8Array(0) }] })),
        initializer: [
          { dims: longs.map((v) => BigInt.asIntN(63, v)), dataType: -5, rawData: new Uint8Array(200_000).fill(7) },
          { int64Data: longs, uint64Data: longs.map((v) => BigInt.asUintN(64, v)) },
          { floatData: floats, doubleData: floats, int32Data: [0, -1, 2 ** 31 - 1, -(2 ** 31)] },
        ],
      },
      opsetImport: [{ domain: '', version: 0n }, {}],
    }),
  );
  same(create(ModelProtoSchema));
});
