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
import type { Model } from '../../src/onnx/model.ts';
import { benchContext, calibrationOf, labelled, loadModel, specsOf, top1 } from './labelled.ts';
import type { BenchOptions } from './main.ts';
import { printTable } from './table.ts';

/** Top-1 of MobileNet quantized per tensor, with and without what `equalize` does before it. */
export async function run({ with: folder }: BenchOptions): Promise<void> {
  if (!folder) {
    console.log('Needs --with: the model and its data are not shipped.');
    return;
  }
  const model = await loadModel(join(folder, 'models', 'mobilenet_v1_025_224.onnx'));
  const data = (file: string) => join(folder, 'data', file);
  const images = await openDataset([await fileSource(data('imagenet_sample_1000_s256.zip'))], { decodeImage });
  const lines = readFileSync(data('labels.csv'), 'utf8').trim().split('\n').slice(1);
  const dataset: Dataset = { ...images, labels: Int32Array.from(lines, (l) => Number(l.split(',')[1])) };
  const crop = presetPreprocess('signed', 'pixels', { mode: 'crop', filter: 'bilinear', shortSide: 256 });
  const all = Array.from({ length: dataset.count }, (_, i) => i);
  const calibration = await labelled(
    dataset,
    specsOf(model),
    crop,
    all.filter((i) => i % 8 === 3),
  );
  const test = await labelled(
    dataset,
    specsOf(model),
    crop,
    all.filter((i) => i % 8 !== 3),
  );
  const context = () => benchContext(model, calibrationOf(calibration));
  const equalized = (options: Record<string, unknown>) =>
    equalize(model, v.parse(equalizeSchema, { method: 'equalize', ...options }), context());
  const quantized = (m: Model, options: Record<string, unknown>) =>
    quantizeStatic(
      m,
      v.parse(quantizeStaticSchema, { method: 'quantize-static', perChannel: false, ...options }),
      context(),
    );
  const rows: (string | number)[][] = [];
  const ways = [{ exact: true }, { biasCorrection: false }, {}];
  const row = async (name: string, m: Model) => {
    const cells: string[] = [];
    for (const way of ways) cells.push((await top1(await quantized(m, way), test)).toFixed(4));
    rows.push([name, (await top1(m, test)).toFixed(4), ...cells]);
  };
  await row('as it is', model);
  await row('normalization folded, constant channels dropped', await equalized({ absorbBias: false, rounds: 0 }));
  await row('and ranges, ReLU for ReLU6', await equalized({ absorbBias: false, clip: 'relu' }));
  await row('and ranges', await equalized({ absorbBias: false }));
  await row('and biases absorbed', await equalized({}));
  await row('and analytic correction', await equalized({ biasCorrection: 'analytic' }));
  await row('or correction from data', await equalized({ biasCorrection: 'data' }));
  printTable(
    'Top-1 of MobileNet-v1-0.25, 8 bits per tensor',
    ['equalize', 'float', 'as the reference', 'biases left', 'biases corrected by quantizing'],
    rows,
  );
}
