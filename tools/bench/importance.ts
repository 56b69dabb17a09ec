import { join } from 'node:path';
import * as v from 'valibot';
import { Random } from '../../src/base/random.ts';
import { fileSource } from '../../src/cli/files.ts';
import { makeFeeds } from '../../src/datasets/batches.ts';
import { openDataset } from '../../src/datasets/open.ts';
import { presetPreprocess } from '../../src/datasets/presets.ts';
import type { Dataset } from '../../src/datasets/types.ts';
import { sketchTensor } from '../../src/kernels/sketchTensor.ts';
import { pruneWeights } from '../../src/methods/prune-weights/apply.ts';
import { pruneWeightsSchema } from '../../src/methods/prune-weights/options.ts';
import type { CalibrationData, Inputs } from '../../src/methods/types.ts';
import type { Model } from '../../src/onnx/model.ts';
import { benchContext, type Labelled, labelled, loadModel, specsOf, top1 } from './labelled.ts';
import { printTable } from './table.ts';

const SEEDS = [1, 2, 3];
/** Samples that importance is measured on, drawn anew for each seed. */
const SAMPLES = 128;
const SPARSITIES = [0.5, 0.9];
const WAYS = [
  { importance: 'magnitude', scope: 'global', rounds: 1 },
  { importance: 'magnitude', scope: 'layer', rounds: 1 },
  { importance: 'gradient', scope: 'global', rounds: 1 },
  { importance: 'taylor', scope: 'global', rounds: 1 },
  { importance: 'taylor', scope: 'global', rounds: 20 },
  { importance: 'wanda', scope: 'layer', rounds: 1 },
  { importance: 'wanda', scope: 'output', rounds: 1 },
] as const;

const samples = join(import.meta.dirname, '../../public/samples');
const pixels = presetPreprocess('unit', 'pixels');

async function dataset(kind: string, part: 'train' | 'test'): Promise<Dataset> {
  const file = (what: string) => fileSource(join(samples, `${kind}-${part}-${what}-ubyte.gz`));
  return openDataset([await file('images-idx3'), await file('labels-idx1')]);
}

/** Samples of a seed's drawing, with or without their labels. */
function drawn(model: Model, data: Dataset, seed: number, withLabels: boolean): CalibrationData {
  const feeds = makeFeeds(data, specsOf(model), pixels);
  const order = new Random(seed).permutation(data.count).slice(0, SAMPLES);
  const read = async (indices: ArrayLike<number>) =>
    (await feeds.read(Array.from(indices, (i) => order[i]))).feeds as Inputs;
  return {
    id: `seed ${seed}`,
    count: order.length,
    samples: { batch: null, read, ...(withLabels && { labels: Int32Array.from(order, (i) => data.labels![i]) }) },
    async *batches() {
      for (let i = 0; i < order.length; i++) yield read([i]);
    },
  };
}

async function accuracy(model: Model, data: CalibrationData, seed: number, o: object, test: Labelled): Promise<number> {
  const options = v.parse(pruneWeightsSchema, { method: 'prune-weights', samples: SAMPLES, ...o });
  const sketch = (w: Parameters<ReturnType<typeof benchContext>['sketch']>[0]) => sketchTensor(w.tensor, w.channelAxis);
  return top1(await pruneWeights(model, options, { ...benchContext(model, data), seed, sketch }), test);
}

const percent = (x: number) => (100 * x).toFixed(1);

/** Top-1 of a sample on its test data after pruning alone, by what weights are judged by. */
async function measure(name: string, kind: string): Promise<void> {
  const model = await loadModel(join(samples, `${name}.onnx`));
  const [train, testing] = [await dataset(kind, 'train'), await dataset(kind, 'test')];
  const all = Array.from({ length: testing.count }, (_, i) => i);
  const test = await labelled(testing, specsOf(model), pixels, all);
  const rows: string[][] = [];
  for (const way of WAYS) {
    // Magnitude asks for no data, and Wanda for no labels.
    const labels = way.importance === 'gradient' || way.importance === 'taylor' ? [true, false] : [true];
    for (const withLabels of labels) {
      const said = labels.length === 1 ? '' : withLabels ? ', labels' : ', own answers';
      const cells: string[] = [];
      for (const sparsity of SPARSITIES) {
        const found: number[] = [];
        for (const seed of way.importance === 'magnitude' ? SEEDS.slice(0, 1) : SEEDS) {
          found.push(await accuracy(model, drawn(model, train, seed, withLabels), seed, { ...way, sparsity }, test));
        }
        cells.push(found.map(percent).join(' / '));
      }
      const times = way.rounds > 1 ? `, ${way.rounds} rounds` : '';
      rows.push([`${way.importance}, ${way.scope}${times}${said}`, ...cells]);
    }
  }
  printTable(
    `${name}: top-1 in % after pruning, no retraining (before: ${percent(await top1(model, test))}); seeds ${SEEDS.join(', ')}`,
    ['importance', ...SPARSITIES.map((s) => `${100 * s} %`)],
    rows,
  );
}

/** What importance is worth before anything is learned again. */
export async function run(): Promise<void> {
  await measure('fashion-resdw', 'fashion');
  await measure('mnist-lenet5', 'mnist');
}
