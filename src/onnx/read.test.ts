import { create, toBinary } from '@bufbuild/protobuf';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { DataLocation, DataType, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './proto.ts';
import { readModel } from './read.ts';
import { readFloats, readRaw } from './tensor.ts';
import { parse, unparse } from './testing.ts';
import { listWeights } from './weights.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const ascii = (s: string) => new Uint8Array(Buffer.from(s, 'latin1'));

function encode(...initializer: TensorProto[]): Bytes {
  const g = graph('g', [node('Relu', ['x'], ['y'])], [], [valueInfo('y', DataType.FLOAT, null)], initializer);
  return toBinary(ModelProtoSchema, modelProto(g)) as Bytes;
}

function external(entries: Record<string, string>, dims = [4n], dataType: number = DataType.FLOAT): TensorProto {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return create(TensorProtoSchema, { name: 'w', dataType, dims, dataLocation: DataLocation.EXTERNAL, externalData });
}

async function failure(bytes: Bytes, name = 'm.onnx', others: [string, Bytes][] = []) {
  const error = await readModel(
    memorySource(bytes, name),
    others.map(([n, b]) => memorySource(b, n)),
  ).then(
    () => undefined,
    (e) => e,
  );
  return { code: error?.code, text: `${error?.message} ${error?.hint}` };
}

describe('files that are no ONNX models are told by name', () => {
  const u64 = (n: number) => String.fromCharCode(n & 255, n >> 8, 0, 0, 0, 0, 0, 0);
  const pt = new Uint8Array(zipSync({ 'archive/data.pkl': ascii('x'), 'archive/data/0': ascii('y') }));
  const zip = new Uint8Array(zipSync({ 'model.onnx': ascii('x') }));
  test.each<[string, Bytes, RegExp]>([
    ['m.onnx', new Uint8Array(0), /empty file/],
    ['m.ort', ascii('\x20\0\0\0ORTM\0\0\0\0'), /\.ort format/],
    ['m.onnx', ascii('\x1c\0\0\0TFL3\x14\0'), /TensorFlow Lite/],
    ['m.zip', zip, /ZIP archive/],
    ['m.pt', pt, /PyTorch checkpoint/],
    ['m.pth', ascii('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'), /pickle/],
    ['m.safetensors', ascii(`${u64(70)}{"__metadata__":{"format":"pt"},"w":{"dtype":"F32"}}`), /safetensors/],
    ['m.gguf', ascii('GGUF\x03\0\0\0'), /GGUF/],
    [
      'm.onnx',
      ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      /LFS pointer.*git lfs pull/,
    ],
    ['m.onnx', ascii('\n<!DOCTYPE html>\n<html><head>'), /web page/],
    ['m.onnx', ascii('\xef\xbb\xbf<html lang="en">'), /web page/],
    ['m.h5', ascii('\x89HDF\r\n\x1a\n\0\0'), /HDF5/],
    ['m.npy', ascii('\x93NUMPY\x01\0'), /NumPy/],
    ['m.onnx', ascii('\x1f\x8b\x08\0'), /gzip/],
    ['m.onnx', ascii('{"error":"not found"}'), /JSON/],
    ['m.onnx', ascii('hello world, this is no model'), /not an ONNX model/],
    ['m.onnx', Uint8Array.of(8, 9), /not an ONNX model/],
  ])('%s', async (name, bytes, text) => {
    const error = await failure(bytes, name);
    expect(error.code).toBe('model/not-onnx');
    expect(error.text).toMatch(text);
  });
});

describe('damage', () => {
  test('a truncated model is said to be cut short, wherever it ends', async () => {
    const bytes = encode(
      create(TensorProtoSchema, { name: 'w', dataType: 2, dims: [9000n], rawData: new Uint8Array(9000) }),
    );
    for (let n = 20; n < bytes.length; n += 97) {
      const { code, text } = await failure(bytes.slice(0, n));
      expect(code, `${n}`).toBe('model/corrupt');
      expect(text).toMatch(/cut/);
    }
  });

  test('impossible dims are refused when the file is opened', async () => {
    const tensor = (dims: bigint[]) => create(TensorProtoSchema, { name: 'w', dataType: 1, dims });
    expect(await failure(encode(tensor([-1n])))).toMatchObject({ code: 'model/corrupt', text: /dimension is -1/ });
    expect((await failure(encode(tensor([2n ** 40n, 2n ** 40n])))).code).toBe('model/corrupt');
    // Zero elements are no lie, whatever the other dims.
    expect((await failure(encode(tensor([2n ** 62n, 0n])))).code).toBeUndefined();
  });

  test('a tensor with its numbers in two places is refused, not half read', async () => {
    const raw = (n: number) => [0x4a, ...(n < 128 ? [n] : [(n & 127) | 128, n >> 7]), ...new Uint8Array(n)];
    const header = [0x08, 4, 0x10, 2, 0x42, 1, 119];
    const file = (body: number[]) => {
      const t = [0x2a, (body.length & 127) | 128, body.length >> 7, ...body];
      const g = [0x0a, 0, ...t];
      return Uint8Array.from([8, 9, 0x3a, (g.length & 127) | 128, g.length >> 7, ...g]);
    };
    expect((await failure(file([...header, ...raw(5000), ...raw(5000)]))).code).toBe('model/unsupported');
    expect((await failure(file([...header, ...raw(4), ...raw(5000)]))).code).toBe('model/unsupported');
    // Two small ones: the last one counts, as in every protobuf reader.
    const both = await parse(file([...header, ...raw(200), 0x4a, 4, 1, 2, 3, 4]));
    expect([...(await readRaw(both.proto.graph!.initializer[0]))]).toEqual([1, 2, 3, 4]);
  });
});

describe('external data', () => {
  test('is found beside the model in a folder that was dropped, not beside another', async () => {
    const bytes = encode(external({ location: 'w.bin' }));
    const file = (path: string, fill: number) => memorySource(new Uint8Array(16).fill(fill), path);
    const others = [file('old/w.bin', 1), file('new/w.bin', 2), file('w.bin', 3)];
    for (const [path, fill] of [
      ['old/m.onnx', 1],
      ['new/m.onnx', 2],
      ['m.onnx', 3],
      ['elsewhere/m.onnx', 3],
    ] as const) {
      const model = await readModel(memorySource(bytes, path), others);
      expect((await readRaw(model.proto.graph!.initializer[0]))[0], path).toBe(fill);
    }
  });

  const data = new Uint8Array(Float32Array.from({ length: 8 }, (_, i) => i).buffer);

  test('is found by its path or its bare name, and read where it says', async () => {
    const bytes = encode(external({ location: './sub/w.bin', offset: '16', length: '16' }));
    for (const name of ['sub/w.bin', 'w.bin']) {
      const model = await readModel(memorySource(bytes, 'm.onnx'), [memorySource(data, name)]);
      expect([...(await readFloats(model.proto.graph!.initializer[0]))]).toEqual([4, 5, 6, 7]);
      expect(model.external).toEqual(['sub/w.bin']);
      expect(model.bytes).toBe(bytes.length + 32);
    }
    const asked: string[] = [];
    const model = await readModel(memorySource(bytes), async (location) => {
      asked.push(location);
      return memorySource(data, location);
    });
    expect(asked).toEqual(['sub/w.bin']);
    expect(listWeights(model.proto)).toHaveLength(1);
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['a missing file', { location: 'other.bin' }, 'model/external-missing', /other\.bin/],
    ['no location', {}, 'model/external-invalid', /outside/],
    ['a path upwards', { location: '../w.bin' }, 'model/external-invalid', /outside/],
    ['a path upwards in the middle', { location: 'a/../../w.bin' }, 'model/external-invalid', /outside/],
    ['one in the manner of Windows', { location: '..\\w.bin' }, 'model/external-invalid', /outside/],
    ['an absolute path', { location: '/etc/passwd' }, 'model/external-invalid', /outside/],
    ['a drive', { location: 'C:\\w.bin' }, 'model/external-invalid', /outside/],
    ['a URL', { location: 'https://a.b/w.bin' }, 'model/external-invalid', /outside/],
    ['a NUL', { location: 'w.bin\0.png' }, 'model/external-invalid', /outside/],
    [
      'an offset past the end',
      { location: 'w.bin', offset: '17', length: '16' },
      'model/external-invalid',
      /past the end/,
    ],
    ['a negative offset', { location: 'w.bin', offset: '-1' }, 'model/external-invalid', /offset "-1"/],
    ['an offset past 2⁵³', { location: 'w.bin', offset: '9007199254740993' }, 'model/external-invalid', /offset/],
    ['an offset that is no number', { location: 'w.bin', offset: '0x10' }, 'model/external-invalid', /offset/],
    ['the wrong length', { location: 'w.bin', length: '15' }, 'model/external-invalid', /needs 16 bytes/],
  ])('%s', async (_, entries, code, text) => {
    const error = await failure(encode(external(entries)), 'm.onnx', [['w.bin', data]]);
    expect(error.code).toBe(code);
    expect(error.text).toMatch(text);
  });

  test('strings cannot be external', async () => {
    const error = await failure(encode(external({ location: 'w.bin' }, [1n], DataType.STRING)), 'm.onnx', [
      ['w.bin', data],
    ]);
    expect(error).toMatchObject({ code: 'model/external-invalid', text: /only numbers/ });
  });
});

test('odd names and odd tensors come back as they were', async () => {
  const names = ['', 'a/b', '"quoted"', '🙂', 'a'.repeat(2 << 20), '__proto__', 'constructor', 'x'];
  const tensors = names.map((name) => create(TensorProtoSchema, { name, dataType: 1, dims: [0n] }));
  tensors.push(
    create(TensorProtoSchema, { name: 'x', dataType: 8, dims: [2n], stringData: [ascii('\xff'), ascii('')] }),
  );
  const bytes = encode(...tensors);
  const model = await parse(bytes);
  expect(Buffer.compare(await unparse(model), bytes)).toBe(0);
  const ids = listWeights(model.proto).map((w) => w.id);
  expect(new Set(ids).size).toBe(tensors.length);
  expect(ids.slice(-2)).toEqual(['x', 'x#2']);
});
