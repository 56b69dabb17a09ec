import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSource } from '../../src/cli/files.ts';
import { decodeImage } from '../../src/datasets/decode.node.ts';
import { openDataset } from '../../src/datasets/open.ts';
import { presetPreprocess, STORED } from '../../src/datasets/presets.ts';
import type { Dataset, Preprocess } from '../../src/datasets/types.ts';
import { labelled, loadModel, specsOf } from './labelled.ts';
import { type Learner, unlabelledPart } from './learning.ts';

/** The harder models that are not shipped, by their README: which samples may be learned from, without labels, and which judge. */

async function learner(
  folder: string,
  file: string,
  dataset: Dataset,
  preprocess: Preprocess,
  learns: (i: number) => boolean,
): Promise<Learner> {
  const model = await loadModel(join(folder, 'models', file));
  const all = Array.from({ length: dataset.count }, (_, i) => i);
  const test = await labelled(
    dataset,
    specsOf(model),
    preprocess,
    all.filter((i) => !learns(i)),
  );
  return { model, test, data: unlabelledPart(model, dataset, preprocess, all.filter(learns)) };
}

export async function kws(folder: string): Promise<Learner> {
  const features = await openDataset([await fileSource(join(folder, 'data', 'kws01_mfcc_f32_nchw.npy'))]);
  const stored = readFileSync(join(folder, 'data', 'kws01_labels.npy'));
  // int64 numbers behind a header of whole 64 bytes.
  const numbers = new BigInt64Array(Uint8Array.from(stored.subarray(stored.length - 8 * features.count)).buffer);
  const words: Dataset = { ...features, labels: Int32Array.from(numbers, Number) };
  return learner(folder, 'mlperf_tiny_kws_dscnn.onnx', words, STORED, (i) => i < 200);
}

export async function resnet20(folder: string): Promise<Learner> {
  const images = await openDataset([await fileSource(join(folder, 'data', 'cifar10_test_jpeg_10000.zip'))], {
    decodeImage,
  });
  return learner(folder, 'cifar10_resnet20.onnx', images, presetPreprocess('imagenet', 'pixels'), (i) => i % 5 === 0);
}

export async function mobilenet(folder: string): Promise<Learner> {
  const images = await openDataset([await fileSource(join(folder, 'data', 'imagenet_sample_1000_s256.zip'))], {
    decodeImage,
  });
  const rows = readFileSync(join(folder, 'data', 'labels.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const labels = Int32Array.from(rows, (r) => Number(r.split(',')[1]));
  const crop = presetPreprocess('signed', 'pixels', { mode: 'crop', filter: 'bilinear', shortSide: 256 });
  return learner(folder, 'mobilenet_v1_025_224.onnx', { ...images, labels }, crop, (i) => i % 8 === 3);
}
