import { PareError } from '../src/base/errors.ts';
import { type ByteSource, blobSource } from '../src/base/source.ts';
import { decodeImage } from '../src/datasets/decode.browser.ts';
import { openDataset } from '../src/datasets/open.ts';
import type { Dataset, InputSpec } from '../src/datasets/types.ts';
import { findModel } from '../src/judge/load.ts';
import type { Model } from '../src/onnx/model.ts';
import { readModel } from '../src/onnx/read.ts';
import type { NamedFile } from './contract.ts';

/**
 * Opens the user's data, in whichever worker needs it.
 * @param split measuring wants `test`, calibrating and learning `train`, where the data has both
 * @throws PareError `data/…`
 */
export function openFiles(
  files: readonly NamedFile[],
  inputs: readonly InputSpec[],
  split: 'train' | 'test',
): Promise<Dataset> {
  const sources = files.map((f) => blobSource(f.blob, f.path));
  return openDataset(sources, { decodeImage, inputs, split });
}

/** The model among files, its structure read; the others may be its external data. @throws PareError `model/…` */
export async function modelAmong(
  files: readonly ByteSource[],
): Promise<{ model: Model; source: ByteSource; others: ByteSource[] }> {
  const source = findModel(files);
  if (!source) {
    throw new PareError('model/not-onnx', 'There is no .onnx file among these files.', {
      hint: 'Drop an .onnx model, together with its external data if it has any.',
    });
  }
  const others = files.filter((f) => f !== source);
  return { model: await readModel(source, others), source, others };
}
