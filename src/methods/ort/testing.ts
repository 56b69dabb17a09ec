import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { memorySource } from '../../base/source.ts';
import { floatsToHalves } from '../../onnx/float.ts';
import type { Model } from '../../onnx/model.ts';
import { readModel } from '../../onnx/read.ts';

/** What the parity tests share: the fixtures of tools/reference, and ONNX Runtime. No product code imports it. */

const ROOT = new URL('../../../tools/reference/fixtures/', import.meta.url);

export interface FixtureCase {
  id: string;
  rows: string[];
  method: string;
  float: string;
  data: string;
  opset: number;
  config: Record<string, unknown>;
  quantized?: string;
  runs?: Record<'disabled' | 'all', string>;
  results?: string;
  calibration?: Record<string, { lowest: number; highest: number }>;
  error?: { type: string; message: string };
  exception?: string;
}

export function fixtureCases(method: string): FixtureCase[] {
  const index = JSON.parse(readFileSync(new URL('index.json', ROOT), 'utf8')) as { cases: FixtureCase[] };
  return index.cases.filter((c) => c.method === method);
}

export function fixtureBytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(path, ROOT)));
}

export async function fixtureModel(path: string): Promise<Model> {
  return readModel(memorySource(fixtureBytes(path), path.split('/').pop()));
}

/** The tables of pure arithmetic. */
export function arithmetic(): Record<string, never> {
  return JSON.parse(readFileSync(new URL('arith.json', ROOT), 'utf8'));
}

export interface PackedArray {
  dtype: string;
  shape: number[];
  base64: string;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;
type Arrays = Record<string, { new (buffer: ArrayBuffer): ArrayLike<number> & ArrayBufferView<ArrayBuffer> }>;

/** An array of arith.json; float16 as its bits. */
export function unpack({ dtype, base64 }: PackedArray): ArrayLike<number> & ArrayBufferView<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  return new (ARRAYS as unknown as Arrays)[dtype](bytes.buffer);
}

/** The arrays of an npz whose entries are stored uncompressed: the zip's local headers, then .npy files (NumPy, format 1.0). */
export function npzOf(path: string): Map<string, { dtype: string; dims: number[]; data: unknown }> {
  const bytes = fixtureBytes(path);
  const view = new DataView(bytes.buffer);
  const out = new Map<string, { dtype: string; dims: number[]; data: unknown }>();
  const codes: Record<string, keyof typeof ARRAYS> = {
    '<f4': 'float32',
    '<f8': 'float64',
    '<f2': 'float16',
    '|i1': 'int8',
    '|u1': 'uint8',
    '<i2': 'int16',
    '<u2': 'uint16',
    '<i4': 'int32',
    '<i8': 'int64',
    '|b1': 'bool',
  }; // prettier-ignore
  for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
    const nameLength = view.getUint16(at + 26, true);
    const extra = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 30, at + 30 + nameLength));
    // numpy writes zip64 sizes into the extra field.
    const size = view.getUint32(at + 18, true);
    const length = size === 0xffffffff ? Number(view.getBigUint64(at + 30 + nameLength + 4, true)) : size;
    const start = at + 30 + nameLength + extra;
    const headerLength = view.getUint16(start + 8, true);
    const header = new TextDecoder().decode(bytes.subarray(start + 10, start + 10 + headerLength));
    const dtype = codes[/'descr': '([^']+)'/.exec(header)![1]];
    const dims = (/'shape': \(([^)]*)\)/.exec(header)![1].match(/\d+/g) ?? []).map(Number);
    const data = bytes.slice(start + 10 + headerLength, start + length);
    out.set(name.replace(/\.npy$/, ''), { dtype, dims, data: new (ARRAYS as unknown as Arrays)[dtype](data.buffer) });
    at = start + length;
  }
  return out;
}

type Outputs = Record<string, { dims: readonly number[]; type: string; data: ArrayLike<number | bigint> }>;

/** Outputs of a model on the fixture's input, or the error that ONNX Runtime gave. */
export async function runFixture(
  model: Uint8Array<ArrayBuffer>,
  data: string,
  level: 'disabled' | 'all',
): Promise<Outputs | string> {
  try {
    const options = { graphOptimizationLevel: level, logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
    const session = await ort.InferenceSession.create(model, options);
    const feeds: Record<string, ort.Tensor> = {};
    const inputs = npzOf(data);
    for (const meta of session.inputMetadata) {
      const array = inputs.get(`input/${meta.name}`)!;
      const half = meta.isTensor && meta.type === 'float16' && array.dtype === 'float32';
      feeds[meta.name] = half
        ? new ort.Tensor('float16', floatsToHalves(array.data as Float32Array), array.dims)
        : new ort.Tensor(array.dtype as 'float32', array.data as Float32Array, array.dims);
    }
    const result = await session.run(feeds);
    const out: Outputs = {};
    for (const [name, t] of Object.entries(result)) {
      out[name] = { dims: t.dims, type: t.type, data: t.data as ArrayLike<number> };
    }
    await session.release();
    return out;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Outputs of a model on float32 inputs. @throws when ONNX Runtime does not run it */
export async function runModel(
  model: Uint8Array<ArrayBuffer>,
  inputs: Readonly<Record<string, { dims: readonly number[]; data: Float32Array }>>,
): Promise<Outputs> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const feeds = Object.entries(inputs).map(([name, { dims, data }]) => [name, new ort.Tensor('float32', data, dims)]);
  const result = await session.run(Object.fromEntries(feeds));
  await session.release();
  return result as unknown as Outputs;
}
