import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import * as ort from 'onnxruntime-node';
import { Random } from '../base/random.ts';
import { memorySink, memorySource } from '../base/source.ts';
import { type ModelInfo, summarize } from './info.ts';
import type { Model } from './model.ts';
import type { ModelProto } from './proto.ts';
import { readModel } from './read.ts';
import { writeModel } from './write.ts';

/** What the tests of this room share: real models to read, and ONNX Runtime to run them. No product code imports it. */

/** The models of ONNX's own backend tests, by name (see fixtures/README.md). */
export function backendModels(): [name: string, bytes: Uint8Array<ArrayBuffer>][] {
  const zip = new Uint8Array(readFileSync(new URL('./fixtures/onnx-backend.zip', import.meta.url)));
  return Object.entries(unzipSync(zip)) as [string, Uint8Array<ArrayBuffer>][];
}

export function modelOf(proto: ModelProto, name = 'test.onnx'): Model {
  return { name, proto, bytes: 0, external: [] };
}

export async function parse(bytes: Uint8Array<ArrayBuffer>, name = 'test.onnx'): Promise<Model> {
  return readModel(memorySource(bytes, name));
}

export async function unparse(model: Model): Promise<Uint8Array<ArrayBuffer>> {
  const sink = memorySink();
  await writeModel(model, sink);
  return sink.bytes();
}

const ARRAYS: Record<string, [type: ort.Tensor.Type, make: (n: number, random: Random) => ort.Tensor.DataType]> = {
  float32: ['float32', (n, r) => Float32Array.from({ length: n }, () => r.normal())],
  float64: ['float64', (n, r) => Float64Array.from({ length: n }, () => r.normal())],
  int64: ['int64', (n, r) => BigInt64Array.from({ length: n }, () => BigInt(r.int(3)))],
  int32: ['int32', (n, r) => Int32Array.from({ length: n }, () => r.int(3))],
  uint8: ['uint8', (n, r) => Uint8Array.from({ length: n }, () => r.int(200))],
  int8: ['int8', (n, r) => Int8Array.from({ length: n }, () => r.int(200) - 100)],
  bool: ['bool', (n, r) => Uint8Array.from({ length: n }, () => r.int(2))],
};

/** Random inputs for a model; unknown dims become 2. Undefined when an input is of a kind or dtype not made here. */
export function randomFeeds(info: ModelInfo, seed: number): Record<string, ort.Tensor> | undefined {
  const random = new Random(seed);
  const feeds: Record<string, ort.Tensor> = {};
  for (const input of info.inputs) {
    const array = ARRAYS[input.dtype];
    if (input.kind !== 'tensor' || !array || !input.dims) return undefined;
    const dims = input.dims.map((d) => (typeof d === 'number' ? d : 2));
    const count = dims.reduce((n, d) => n * d, 1);
    feeds[input.name] = new ort.Tensor(array[0], array[1](count, random) as Float32Array, dims);
  }
  return feeds;
}

/** Outputs of a model, or undefined when ONNX Runtime does not run it. Graph optimization is off unless asked for. */
export async function run(
  model: Uint8Array<ArrayBuffer> | string,
  feeds: Record<string, ort.Tensor>,
): Promise<Record<string, { dims: readonly number[]; data: unknown }> | undefined> {
  try {
    const options = { graphOptimizationLevel: 'disabled', logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
    const session =
      typeof model === 'string'
        ? await ort.InferenceSession.create(model, options)
        : await ort.InferenceSession.create(model, options);
    const result = await session.run(feeds);
    const out = Object.fromEntries(Object.entries(result).map(([k, t]) => [k, { dims: t.dims, data: t.data }]));
    await session.release();
    return out;
  } catch {
    return undefined;
  }
}

/** Feeds for a model that was read. */
export function feedsFor(model: Model, seed = 1): Record<string, ort.Tensor> | undefined {
  return randomFeeds(summarize(model), seed);
}
