import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { KiB, MiB } from '../base/limits.ts';
import { Random } from '../base/random.ts';
import { type ByteSource, memorySource } from '../base/source.ts';
import { graph, modelProto, node } from './build.ts';
import { expand } from './expanding.ts';
import { DataType, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './proto.ts';
import { LAZY_BYTES, scan } from './scan.ts';
import { lenHeader } from './wire.ts';

type Bytes = Uint8Array<ArrayBuffer>;

function counting(bytes: Bytes): ByteSource & { reads: number; bytesRead: number } {
  const inner = memorySource(bytes, 'm.onnx');
  const source = {
    ...inner,
    reads: 0,
    bytesRead: 0,
    async read(offset: number, length: number) {
      source.reads++;
      source.bytesRead += length;
      return inner.read(offset, length);
    },
  };
  return source;
}

function tensor(name: string, size: number, seed = 1): TensorProto {
  const random = new Random(seed);
  const rawData = Uint8Array.from({ length: size }, () => random.int(256));
  return create(TensorProtoSchema, { name, dataType: DataType.UINT8, dims: [BigInt(size)], rawData });
}

const encode = (...tensors: TensorProto[]) =>
  toBinary(ModelProtoSchema, modelProto(graph('g', [node('Relu', ['x'], ['y'])], [], [], tensors))) as Bytes;

async function restore(bytes: Bytes): Promise<Uint8Array> {
  const { bytes: small, payloads, markers } = await scan(memorySource(bytes, 'm.onnx'));
  const parts = expand(small, payloads, markers).map((s) => (s instanceof Uint8Array ? s : s.read()));
  return Buffer.concat(await Promise.all(parts));
}

describe('scan', () => {
  test.each([0, 1, LAZY_BYTES - 1, LAZY_BYTES, LAZY_BYTES + 1, 16 * KiB, MiB - 1, MiB, 3 * MiB + 7])(
    'a tensor of %d bytes comes back where it was',
    async (size) => {
      const bytes = encode(tensor('a', 3), tensor('b', size), tensor('c', LAZY_BYTES), tensor('d', 1));
      expect(Buffer.compare(await restore(bytes), bytes)).toBe(0);
      const { payloads } = await scan(memorySource(bytes));
      expect(payloads.length).toBe(size >= LAZY_BYTES ? 2 : 1);
    },
  );

  test('reads headers, not payloads: 200 tensors of 256 KiB cost a few per cent of the file', async () => {
    const big = tensor('w', 256 * KiB);
    const source = counting(encode(...Array.from({ length: 200 }, () => big)));
    const { payloads } = await scan(source);
    expect(payloads).toHaveLength(200);
    expect(source.reads).toBeLessThanOrEqual(202);
    expect(source.bytesRead).toBeLessThan(0.1 * source.size);
  });

  test('many small messages are read in few, large pieces, each byte once', async () => {
    const nodes = Array.from({ length: 60_000 }, (_, i) => node('Add', [`x${i}`, 'y'], [`x${i + 1}`]));
    const source = counting(toBinary(ModelProtoSchema, modelProto(graph('g', nodes, [], []))) as Bytes);
    await scan(source);
    expect(source.reads).toBeLessThan(12);
    expect(source.bytesRead).toBeLessThan(1.01 * source.size + 1000);
  });

  test('large messages nested to the limit are walked; deeper ones are refused', async () => {
    const nest = (levels: number) => {
      let bytes: Bytes = new Uint8Array(LAZY_BYTES);
      bytes = new Uint8Array([...lenHeader(10, bytes.length), ...bytes]);
      for (let i = 0; i < levels; i++) {
        for (const no of [6, 5, 1]) bytes = new Uint8Array([...lenHeader(no, bytes.length), ...bytes]);
      }
      return new Uint8Array([...lenHeader(7, bytes.length), ...bytes]);
    };
    expect(Buffer.compare(await restore(nest(30)), nest(30))).toBe(0);
    await expect(scan(memorySource(nest(40)))).rejects.toMatchObject({ code: 'model/limit' });
  });

  test('groups that no one knows are carried along, however large', async () => {
    const inner = new Uint8Array([...lenHeader(7, 2 * MiB), ...new Uint8Array(2 * MiB)]);
    // Inside a group, field 7 is not the graph.
    const bytes = new Uint8Array([0xfb, 0x06, ...inner, 0xfc, 0x06, ...encode(tensor('a', 9000))]);
    expect(Buffer.compare(await restore(bytes), bytes)).toBe(0);
  });

  test('a file that ends early is said to be cut short', async () => {
    const bytes = encode(tensor('a', 100_000));
    for (const n of [bytes.length - 1, 50_000, 300, 40]) {
      await expect(scan(memorySource(bytes.slice(0, n)))).rejects.toMatchObject({ code: 'model/corrupt' });
    }
  });
});
