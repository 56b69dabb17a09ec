import * as ort from 'onnxruntime-node';
import type { Model } from '../../onnx/model.ts';
import { modelBytes } from '../../onnx/write.ts';
import type { RuntimeDType, Session, SessionOptions, Value } from '../../runtime/types.ts';
import { npzOf } from '../ort/testing.ts';
import type { CalibrationData } from '../types.ts';

/** What the tests of calibrating methods share: ONNX Runtime as Python has it, and the fixtures' samples. No product code imports it. */

/** A session on the native runtime, whose float kernels are those that the fixtures were made with. */
export async function nativeSession(model: Model, options: SessionOptions = {}): Promise<Session> {
  const session = await ort.InferenceSession.create(await modelBytes(model), {
    graphOptimizationLevel: options.optimize === 'off' ? 'disabled' : 'all',
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  return {
    backend: 'wasm',
    inputs: session.inputMetadata.map((m) => ({ name: m.name, dtype: 'other', dims: [] })),
    outputs: session.outputMetadata.map((m) => ({ name: m.name, dtype: 'other', dims: [] })),
    async run(feeds, fetches) {
      const tensors = Object.fromEntries(
        session.inputNames.map((name) => {
          const { dtype, data, dims } = feeds[name];
          return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, dims)];
        }),
      );
      const results = fetches ? await session.run(tensors, [...fetches]) : await session.run(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, t]) => {
          // Where Node has Float16Array, float16 comes as one; our values are its bits.
          const view = t.data as unknown as Uint16Array;
          const data = t.type === 'float16' ? new Uint16Array(view.buffer, view.byteOffset, view.length) : t.data;
          return [name, { dtype: t.type as RuntimeDType, dims: t.dims, data: data as Float32Array }];
        }),
      );
    },
    runResident: () => Promise.reject(new Error('nothing is kept on the native runtime')),
    release: () => session.release(),
  };
}

/** The calibration samples of a fixture from `first` on, each a batch of its own as the reference's reader gives them. */
export function fixtureData(path: string, first = 0): CalibrationData {
  const samples: Record<string, Value>[] = [];
  for (const [key, { dtype, dims, data }] of npzOf(path)) {
    const [kind, index, ...name] = key.split('/');
    if (kind !== 'calibration') continue;
    samples[Number(index)] ??= {};
    samples[Number(index)][name.join('/')] = { dtype: dtype as 'float32', dims, data: data as Float32Array };
  }
  return {
    id: path,
    count: samples.length - first,
    async *batches() {
      yield* samples.slice(first);
    },
  };
}
