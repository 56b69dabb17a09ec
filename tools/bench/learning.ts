import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileSource } from '../../src/cli/files.ts';
import { openDataset } from '../../src/datasets/open.ts';
import { presetPreprocess } from '../../src/datasets/presets.ts';
import type { Dataset, Preprocess } from '../../src/datasets/types.ts';
import { loopKernels } from '../../src/kernels/loops/kernels.ts';
import { sketchTensor } from '../../src/kernels/sketchTensor.ts';
import type { CalibrationData } from '../../src/methods/types.ts';
import type { Model } from '../../src/onnx/model.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { calibrationData } from '../../src/recipe/calibration.ts';
import { Pipeline } from '../../src/recipe/pipeline.ts';
import { parseRecipe } from '../../src/recipe/schema.ts';
import { openSession } from '../../src/runtime/session.ts';
import { type Labelled, labelled, loadModel, specsOf } from './labelled.ts';

/** What learning is measured with: recipes run on samples with a teacher, and the files that they make. */

export interface Learner {
  readonly model: Model;
  readonly data: CalibrationData;
  readonly test: Labelled;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** A sample that ships, with its training and test data. */
export async function shippedLearner(id: string): Promise<Learner> {
  const folder = join(import.meta.dirname, '..', '..', 'public', 'samples');
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    id: string;
    model: string;
    data: Record<'train' | 'test', { images: string; labels: string; count: number }>;
  }[];
  const { model: file, data } = index.find((s) => s.id === id)!;
  const open = async ({ images, labels }: { images: string; labels: string }) =>
    openDataset([await fileSource(join(folder, images)), await fileSource(join(folder, labels))]);
  const model = await loadModel(join(folder, file));
  const unit = presetPreprocess('unit', 'pixels');
  const test = await labelled(await open(data.test), specsOf(model), unit, range(data.test.count));
  return { model, data: calibrationData(await open(data.train), specsOf(model), unit), test };
}

/** The part of a dataset that learning may see, without its labels. */
export function unlabelledPart(
  model: Model,
  dataset: Dataset,
  preprocess: Preprocess,
  indices: readonly number[],
): CalibrationData {
  const { labels, ...rest } = dataset;
  const part: Dataset = {
    ...rest,
    count: indices.length,
    read: (asked) => dataset.read(Array.from(asked, (i) => indices[i])),
  };
  return calibrationData(part, specsOf(model), preprocess, `part of ${labels?.length}`);
}

export interface Outcome {
  readonly model: Model;
  readonly bytes: number;
  readonly gzip: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** Runs a recipe as the page and the command line do, and says how large its file is. */
export async function runRecipe(
  model: Model,
  steps: readonly object[],
  seed: number,
  data?: CalibrationData,
): Promise<Outcome> {
  const notes: string[] = [];
  const start = performance.now();
  let shown = start;
  const result = await new Pipeline(model).run(parseRecipe({ pare: 1, seed, steps }), {
    kernels: loopKernels,
    sketch: (w) => sketchTensor(w.tensor, w.channelAxis),
    openSession: async (m, o) => openSession(await modelBytes(m), o),
    report: () => {},
    note: (n) => notes.push(`${n.key} ${JSON.stringify(n.values)}`),
    onProgress(p) {
      if (!process.stderr.isTTY || performance.now() - shown < 1000) return;
      shown = performance.now();
      process.stderr.write(`\r${p.phase} ${p.done}/${p.total}   `);
    },
    ...(data && { data }),
  });
  const file = await modelBytes(result);
  const seconds = (performance.now() - start) / 1000;
  return { model: result, bytes: file.length, gzip: gzipSync(file).length, seconds, notes };
}
