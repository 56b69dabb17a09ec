import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { fileSource } from '../../src/cli/files.ts';
import { decodeImage } from '../../src/datasets/decode.node.ts';
import { openDataset } from '../../src/datasets/open.ts';
import { presetPreprocess } from '../../src/datasets/presets.ts';
import type { Dataset } from '../../src/datasets/types.ts';
import { equalize } from '../../src/methods/equalize/apply.ts';
import { equalizeSchema } from '../../src/methods/equalize/options.ts';
import { quantizeStatic } from '../../src/methods/quantize-static/apply.ts';
import { quantizeStaticSchema } from '../../src/methods/quantize-static/options.ts';
import { quantizeWeights } from '../../src/methods/quantize-weights/apply.ts';
import { quantizeWeightsSchema } from '../../src/methods/quantize-weights/options.ts';
import { simplify } from '../../src/methods/simplify/apply.ts';
import { simplifySchema } from '../../src/methods/simplify/options.ts';
import { testContext } from '../../src/methods/testing.ts';
import type { MethodContext } from '../../src/methods/types.ts';
import type { Model } from '../../src/onnx/model.ts';
import { benchContext, calibrationOf, type Labelled, labelled, loadModel, specsOf, top1 } from './labelled.ts';
import type { BenchOptions } from './main.ts';
import { printTable } from './table.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Top-1 of one model at 8 bits per tensor, with what `equalize` does before it step by step. */
async function measure(title: string, model: Model, calibration: Labelled, test: Labelled): Promise<void> {
  const context = (): MethodContext => benchContext(model, calibrationOf(calibration));
  const equalized = (options: Record<string, unknown>, from = model) =>
    equalize(from, v.parse(equalizeSchema, { method: 'equalize', ...options }), context());
  const quantized = (m: Model, options: Record<string, unknown>) =>
    quantizeStatic(
      m,
      v.parse(quantizeStaticSchema, { method: 'quantize-static', perChannel: false, ...options }),
      context(),
    );
  const simple = await simplify(model, v.parse(simplifySchema, { method: 'simplify' }), context());
  const rows: string[][] = [];
  const row = async (name: string, m: Model) => {
    const cells = [await top1(m, test)];
    for (const way of [{ exact: true }, {}]) cells.push(await top1(await quantized(m, way), test));
    rows.push([name, ...cells.map((x) => x.toFixed(4))]);
  };
  const plain = { activations: false };
  await row('none', model);
  await row('none, simplified', simple);
  await row('constant channels dropped', await equalized({ ...plain, rounds: 0 }));
  await row('weights, ReLU for ReLU6', await equalized({ ...plain, clip: 'relu' }));
  await row('weights', await equalized(plain));
  await row('weights and activations (the default)', await equalized({}));
  await row('the default, simplified before', await equalized({}, simple));
  await row('biases absorbed', await equalized({ absorbBias: true }));
  await row('analytic correction', await equalized({ biasCorrection: 'analytic' }));
  await row('correction from data', await equalized({ biasCorrection: 'data' }));
  await row('both', await equalized({ absorbBias: true, biasCorrection: 'data' }));
  printTable(title, ['equalize', 'float', 'int8, biases as they are', 'int8, biases corrected by it'], rows);
}

/** The shipped sample with depthwise layers, calibrated on 200 of its training images. */
async function sample(): Promise<void> {
  const folder = join(import.meta.dirname, '..', '..', 'public', 'samples');
  const model = await loadModel(join(folder, 'fashion-resdw.onnx'));
  const open = async (part: string, count: number) => {
    const files = ['images-idx3', 'labels-idx1'].map((kind) =>
      fileSource(join(folder, `fashion-${part}-${kind}-ubyte.gz`)),
    );
    const dataset = await openDataset(await Promise.all(files));
    return labelled(dataset, specsOf(model), presetPreprocess('unit', 'pixels'), range(Math.min(count, dataset.count)));
  };
  const [calibration, test] = [await open('train', 200), await open('test', 2000)];
  await measure('Top-1 of fashion-resdw, 8 bits per tensor', model, calibration, test);
  const context = (): MethodContext => ({
    ...benchContext(model, calibrationOf(calibration)),
    sketch: testContext().sketch,
  });
  const rows: string[][] = [];
  for (const bits of [8, 6, 5, 4, 3]) {
    const equalized = (options: Record<string, unknown>) =>
      equalize(model, v.parse(equalizeSchema, { method: 'equalize', weightBits: bits, ...options }), context());
    const models = [
      await simplify(model, v.parse(simplifySchema, { method: 'simplify' }), context()),
      await equalized({}),
      await equalized({ biasCorrection: 'analytic' }),
      await equalized({ biasCorrection: 'data' }),
    ];
    const cells: string[] = [];
    for (const m of models) {
      const options = { method: 'quantize-weights', bits, granularity: 'tensor', scheme: 'symmetric' };
      const quantized = await quantizeWeights(m, v.parse(quantizeWeightsSchema, options), context());
      cells.push((await top1(quantized, test)).toFixed(4));
    }
    rows.push([`${bits}`, ...cells]);
  }
  printTable(
    'Top-1 of fashion-resdw, weights alone, one scale per tensor',
    ['bits', 'simplified', 'equalized', 'and corrected analytically', 'or on data'],
    rows,
  );
}

async function mobileNet(folder: string): Promise<void> {
  const model = await loadModel(join(folder, 'models', 'mobilenet_v1_025_224.onnx'));
  const data = (file: string) => join(folder, 'data', file);
  const images = await openDataset([await fileSource(data('imagenet_sample_1000_s256.zip'))], { decodeImage });
  const lines = readFileSync(data('labels.csv'), 'utf8').trim().split('\n').slice(1);
  const dataset: Dataset = { ...images, labels: Int32Array.from(lines, (l) => Number(l.split(',')[1])) };
  const crop = presetPreprocess('signed', 'pixels', { mode: 'crop', filter: 'bilinear', shortSide: 256 });
  const part = (calibrates: boolean) =>
    labelled(
      dataset,
      specsOf(model),
      crop,
      range(dataset.count).filter((i) => (i % 8 === 3) === calibrates),
    );
  await measure(
    'Top-1 of MobileNet-v1-0.25, 8 bits per tensor (the reference reaches .3874)',
    model,
    await part(true),
    await part(false),
  );
}

/** Accuracy at 8 bits per tensor with and without `equalize`, each part of it by itself. */
export async function run({ with: folder }: BenchOptions): Promise<void> {
  await sample();
  if (folder) await mobileNet(folder);
}
