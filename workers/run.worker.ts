import { PareError } from '../src/base/errors.ts';
import { type ByteSource, blobSource } from '../src/base/source.ts';
import { checkAgainstModel } from '../src/datasets/check.ts';
import { STORED, suggestPreprocess } from '../src/datasets/presets.ts';
import { previewSample } from '../src/datasets/preview.ts';
import { syntheticDataset } from '../src/datasets/synthetic.ts';
import type { Dataset, Preprocess } from '../src/datasets/types.ts';
import { firstOutputDims, inputSpecs, makeCase } from '../src/judge/case.ts';
import { gzipBytes } from '../src/judge/gzip.ts';
import { judge, type Side } from '../src/judge/judge.ts';
import { loadFile } from '../src/judge/load.ts';
import { type ModelInfo, summarize } from '../src/onnx/info.ts';
import { wasmPaths } from '../src/runtime/assets.browser.ts';
import { configureRuntime, plannedThreads } from '../src/runtime/configure.ts';
import { probeBackends } from '../src/runtime/probe.ts';
import type { Backend } from '../src/runtime/types.ts';
import { fasterBackend } from './backend.ts';
import { breathing } from './breathing.ts';
import { Comlink, Tasks, throttled } from './comlink.ts';
import type { NamedFile, OpenedData, RunWorker } from './contract.ts';
import { modelAmong, openFiles } from './data.ts';

configureRuntime({ wasmPaths });

const tasks = new Tasks();
let data: { dataset: Dataset; info: ModelInfo; preprocess: Preprocess; preset?: string } | undefined;

const sources = (files: readonly NamedFile[]) => files.map((f) => blobSource(f.blob, f.path));

function openedData(): OpenedData {
  const { dataset, info, preprocess, preset } = data!;
  const { labels, classes } = dataset;
  const classCounts = labels && new Array<number>(Math.max(0, ...labels) + 1).fill(0);
  if (labels && classCounts) for (const l of labels) if (l >= 0) classCounts[l]++;
  let problem: OpenedData['problem'];
  try {
    checkAgainstModel(dataset, inputSpecs(info), firstOutputDims(info), preprocess);
  } catch (error) {
    problem = PareError.from(error).toJSON();
  }
  return {
    name: dataset.name,
    kind: dataset.kind,
    count: dataset.count,
    sampleDims: dataset.sampleDims,
    labelled: labels ? 'labels' : dataset.targets ? 'targets' : 'none',
    ...(classes && { classes: [...classes] }),
    ...(classCounts && { classCounts }),
    preprocess,
    ...(preset && { preset }),
    ...(problem && { problem }),
  };
}

const worker: RunWorker = {
  async backends() {
    const { wasm, webgpu } = await probeBackends();
    return {
      wasm,
      webgpu: {
        available: webgpu.available,
        ...(webgpu.description && { adapter: webgpu.description }),
        ...(webgpu.reason && { reason: webgpu.reason }),
      },
      isolated: globalThis.crossOriginIsolated,
    };
  },

  async openData(files, info, preprocess) {
    const inputs = inputSpecs(info);
    const dataset = await openFiles(files, inputs, 'test');
    const suggestion = inputs.length ? await suggestPreprocess(dataset, inputs[0]) : undefined;
    data = { dataset, info, preprocess: preprocess ?? suggestion?.preprocess ?? STORED };
    if (!preprocess && suggestion) data.preset = suggestion.preset;
    return openedData();
  },

  async prepare(preprocess) {
    if (!data) throw new PareError('data/unreadable', 'No data is open.');
    data = { dataset: data.dataset, info: data.info, preprocess };
    return openedData();
  },

  async preview(indices) {
    if (!data) return [];
    const { dataset, info, preprocess } = data;
    const [spec] = inputSpecs(info);
    const previews = indices.map(async (i) => {
      const label = dataset.labels?.[i];
      const text = label === undefined ? undefined : (dataset.classes?.[label] ?? String(label));
      return { ...(await previewSample(dataset, spec, preprocess, i)), ...(text !== undefined && { label: text }) };
    });
    return Promise.all(previews);
  },

  judge: (original, compressed, options, task, onReport, onProgress) =>
    tasks.run(task, async (signal) => {
      const sides: Record<Side, ByteSource[]> = { original: sources(original), compressed: sources(compressed) };
      const models = { original: await modelAmong(sides.original), compressed: await modelAmong(sides.compressed) };
      const info = summarize(models.original.model);
      const { synthetic } = options;
      const random = synthetic && syntheticDataset(inputSpecs(info), synthetic.count, synthetic.seed);
      const dataset = random ?? data?.dataset;
      if (!dataset) throw new PareError('data/unreadable', 'No data is open.');
      const preprocess = random ? STORED : data!.preprocess;
      if (!random) checkAgainstModel(dataset, inputSpecs(info), firstOutputDims(info), preprocess);
      const load = async (side: Side, backend: Backend) =>
        breathing(await loadFile(models[side].source, sides[side], models[side].model.external, { backend }));
      const c = makeCase(dataset, info, preprocess, load, options.limit);
      const backend = options.backend === 'auto' ? await fasterBackend(c, signal) : options.backend;
      const progress = throttled(onProgress);
      const report = await judge(
        c,
        {
          backend,
          latencyRuns: options.latencyRuns,
          threads: plannedThreads(),
          onReport,
          ...(options.batch && { batch: options.batch }),
        },
        { signal, onProgress: progress },
      );
      progress.flush();
      return report;
    }),

  gzipSize: (files, task) =>
    tasks.run(task, async (signal) => {
      let total = 0;
      for (const source of sources(files)) total += await gzipBytes(source, signal);
      return total;
    }),

  closeData() {
    data = undefined;
  },
  cancel: (task) => tasks.cancel(task),
};

Comlink.expose(worker);
