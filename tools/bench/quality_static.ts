import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { fileSource } from '../../src/cli/files.ts';
import { decodeImage } from '../../src/datasets/decode.node.ts';
import { openDataset } from '../../src/datasets/open.ts';
import { presetPreprocess, STORED } from '../../src/datasets/presets.ts';
import type { Dataset, Preprocess } from '../../src/datasets/types.ts';
import { quantizeStatic } from '../../src/methods/quantize-static/apply.ts';
import { quantizeStaticSchema } from '../../src/methods/quantize-static/options.ts';
import type { Model } from '../../src/onnx/model.ts';
import {
  benchContext,
  calibrationOf,
  type Labelled,
  labelled,
  loadModel,
  preprocessed,
  specsOf,
  top1,
} from './labelled.ts';
import { printTable } from './table.ts';

/** One model, its data and what the reference reaches with it. */
interface Subject {
  name: string;
  /** As the reference's figure was measured: BatchNormalization kept, or folded by its own preprocessing. */
  asMeasured: Model;
  folded: Model;
  calibration: Labelled;
  test: Labelled;
  reference?: { float: number; perChannel: number; perTensor: number };
}

const REFERENCE = { exact: true, calibrateMethod: 'MinMax' } as const;

async function accuracy(model: Model, subject: Subject, options: Record<string, unknown>): Promise<number> {
  const parsed = v.parse(quantizeStaticSchema, { method: 'quantize-static', ...options });
  const quantized = await quantizeStatic(model, parsed, benchContext(model, calibrationOf(subject.calibration)));
  return top1(quantized, subject.test);
}

const shown = (x: number | undefined) => (x === undefined ? '' : x.toFixed(4));

async function measure(title: string, subjects: AsyncIterable<Subject>): Promise<void> {
  const rows: string[][] = [];
  for await (const s of subjects) {
    const float = await top1(s.folded, s.test);
    const channel = await accuracy(s.asMeasured, s, { ...REFERENCE, perChannel: true });
    const tensor = await accuracy(s.asMeasured, s, { ...REFERENCE, perChannel: false });
    const own = await accuracy(s.folded, s, {});
    const mse = await accuracy(s.folded, s, { calibrateMethod: 'MSE' });
    rows.push([
      s.name,
      `${shown(float)} (${shown(s.reference?.float)})`,
      `${shown(channel)} (${shown(s.reference?.perChannel)})`,
      `${shown(tensor)} (${shown(s.reference?.perTensor)})`,
      shown(own),
      shown(mse),
    ]);
  }
  printTable(
    title,
    ['model', 'float', 'reference per channel', 'reference per tensor', 'Pare by default', 'Pare, MSE'],
    rows,
  );
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The four samples that ship, calibrated on 200 of their training images. */
async function* shipped(): AsyncGenerator<Subject> {
  const folder = join(import.meta.dirname, '..', '..', 'public', 'samples');
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    id: string;
    model: string;
    data: Record<'train' | 'test', { images: string; labels: string; count: number }>;
  }[];
  for (const { id, model, data } of index) {
    const open = async ({ images, labels }: { images: string; labels: string }) =>
      openDataset([await fileSource(join(folder, images)), await fileSource(join(folder, labels))]);
    const folded = await preprocessed(join(folder, model));
    const specs = specsOf(folded);
    const unit = presetPreprocess('unit', 'pixels');
    yield {
      name: id,
      asMeasured: folded,
      folded,
      calibration: await labelled(await open(data.train), specs, unit, range(200)),
      test: await labelled(await open(data.test), specs, unit, range(data.test.count)),
    };
  }
}

/** The harder models, by their README: which samples calibrate and which judge. */
async function* others(folder: string): AsyncGenerator<Subject> {
  const make = async (
    name: string,
    file: string,
    dataset: Dataset,
    preprocess: Preprocess,
    calibrates: (i: number) => boolean,
    reference: Subject['reference'],
  ): Promise<Subject> => {
    const path = join(folder, 'models', file);
    const folded = await preprocessed(path);
    const specs = specsOf(folded);
    const all = range(dataset.count);
    const calibration = await labelled(dataset, specs, preprocess, all.filter(calibrates));
    const test = await labelled(
      dataset,
      specs,
      preprocess,
      all.filter((i) => !calibrates(i)),
    );
    return { name, asMeasured: await loadModel(path), folded, calibration, test, ...(reference && { reference }) };
  };
  const data = (file: string) => join(folder, 'data', file);

  const images = await openDataset([await fileSource(data('imagenet_sample_1000_s256.zip'))], { decodeImage });
  const rows = readFileSync(data('labels.csv'), 'utf8').trim().split('\n').slice(1);
  const imagenet: Dataset = { ...images, labels: Int32Array.from(rows, (r) => Number(r.split(',')[1])) };
  const crop = presetPreprocess('signed', 'pixels', { mode: 'crop', filter: 'bilinear', shortSide: 256 });
  yield make('mobilenet_v1_025_224', 'mobilenet_v1_025_224.onnx', imagenet, crop, (i) => i % 8 === 3, {
    float: 0.5931,
    perChannel: 0.5143,
    perTensor: 0.3874,
  });

  const features = await openDataset([await fileSource(data('kws01_mfcc_f32_nchw.npy'))]);
  const stored = readFileSync(data('kws01_labels.npy'));
  // int64 numbers behind a header of whole 64 bytes.
  const numbers = new BigInt64Array(Uint8Array.from(stored.subarray(stored.length - 8 * features.count)).buffer);
  const words: Dataset = { ...features, labels: Int32Array.from(numbers, Number) };
  yield make('kws_dscnn', 'mlperf_tiny_kws_dscnn.onnx', words, STORED, (i) => i < 200, {
    float: 0.9125,
    perChannel: 0.9075,
    perTensor: 0.9012,
  });

  const cifar = await openDataset([await fileSource(data('cifar10_test_jpeg_10000.zip'))], { decodeImage });
  const fifth = (i: number) => i % 5 === 0;
  const pixels = presetPreprocess('pixels', 'pixels');
  yield make('resnet20', 'cifar10_resnet20.onnx', cifar, presetPreprocess('imagenet', 'pixels'), fifth, {
    float: 0.8103,
    perChannel: 0.8124,
    perTensor: 0.8103,
  });
  yield make('resnet8', 'mlperf_tiny_ic_resnet8.onnx', cifar, pixels, fifth, {
    float: 0.7548,
    perChannel: 0.7555,
    perTensor: 0.7476,
  });
}

/**
 * Top-1 after static int8 quantization: with the reference's settings (its figure in brackets), and with Pare's own. The
 * ResNets' figures in brackets are of all 10,000 images, what is measured here of the 8,000 that do not calibrate.
 */
export async function run(options: { with?: string }): Promise<void> {
  await measure('Top-1 of the samples, 200 calibration samples', shipped());
  if (options.with) await measure('Top-1 of the harder models', others(options.with));
}
