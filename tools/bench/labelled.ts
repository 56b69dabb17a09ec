import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { memorySource } from '../../src/base/source.ts';
import { makeFeeds } from '../../src/datasets/batches.ts';
import type { Dataset, InputSpec, Preprocess } from '../../src/datasets/types.ts';
import { inputSpecs } from '../../src/judge/case.ts';
import { loopKernels } from '../../src/kernels/loops/kernels.ts';
import type { CalibrationData, MethodContext } from '../../src/methods/types.ts';
import { summarize } from '../../src/onnx/info.ts';
import type { Model } from '../../src/onnx/model.ts';
import { readModel } from '../../src/onnx/read.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { openSession } from '../../src/runtime/session.ts';
import type { Value } from '../../src/runtime/types.ts';

/** What measuring accuracy on labelled data takes: samples turned into input once, and models run natively. */

type Feeds = Readonly<Record<string, Value>>;

/** Samples as a model's input, in memory, with their classes. */
export interface Labelled {
  readonly batches: readonly Feeds[];
  readonly labels: readonly number[];
}

const BATCH = 25;

/** The samples at `indices`, made into input once for many runs. */
export async function labelled(
  dataset: Dataset,
  specs: readonly InputSpec[],
  preprocess: Preprocess,
  indices: readonly number[],
): Promise<Labelled> {
  const feeds = makeFeeds(dataset, specs, preprocess);
  const size = feeds.batch ?? BATCH;
  const batches: Feeds[] = [];
  for (let at = 0; at < indices.length; at += size) {
    const { feeds: batch } = await feeds.read(indices.slice(at, at + size));
    batches.push(batch as Record<string, Value>);
  }
  return { batches, labels: indices.map((i) => dataset.labels![i]) };
}

export function calibrationOf({ batches, labels }: Pick<Labelled, 'batches' | 'labels'>): CalibrationData {
  return {
    id: 'bench',
    count: labels.length,
    async *batches() {
      yield* batches;
    },
  };
}

/** Share of samples whose largest output is the label, on the native runtime, optimized as by default. */
export async function top1(model: Model, { batches, labels }: Labelled): Promise<number> {
  const session = await ort.InferenceSession.create(await modelBytes(model), { logSeverityLevel: 4 });
  let right = 0;
  let at = 0;
  for (const batch of batches) {
    const feeds = Object.fromEntries(
      Object.entries(batch).map(([name, v]) => [
        name,
        new ort.Tensor(v.dtype as 'float32', v.data as Float32Array, v.dims),
      ]),
    );
    const out = (await session.run(feeds))[session.outputNames[0]];
    const data = out.data as Float32Array;
    const classes = data.length / out.dims[0];
    for (let i = 0; i < out.dims[0] && at < labels.length; i++, at++) {
      let best = 0;
      for (let c = 1; c < classes; c++) if (data[i * classes + c] > data[i * classes + best]) best = c;
      if (best === labels[at]) right++;
    }
  }
  await session.release();
  return right / labels.length;
}

/** A context for running methods outside a pipeline: models run on the engine's own runtime. */
export function benchContext(original: Model, data: CalibrationData): MethodContext {
  return {
    seed: 0,
    step: 0,
    original,
    data,
    kernels: loopKernels,
    sketch: () => Promise.reject(new Error('not asked for')),
    openSession: async (model, options) => openSession(await modelBytes(model), options),
    report: () => {},
    note: () => {},
  };
}

export async function loadModel(path: string): Promise<Model> {
  return readModel(memorySource(new Uint8Array(readFileSync(path)), basename(path)));
}

/** What `quant_pre_process` makes of a model: ONNX Runtime's own basic graph optimizations, written to a file. */
export async function preprocessed(path: string): Promise<Model> {
  const folder = mkdtempSync(join(tmpdir(), 'pare-'));
  const out = join(folder, basename(path));
  const options = { graphOptimizationLevel: 'basic', optimizedModelFilePath: out, logSeverityLevel: 4 } as const;
  const session = await ort.InferenceSession.create(path, options);
  await session.release();
  const model = await loadModel(out);
  rmSync(folder, { recursive: true });
  return model;
}

export function specsOf(model: Model): InputSpec[] {
  return inputSpecs(summarize(model));
}
