import { blobSource } from '../src/base/source.ts';
import { decodeImage } from '../src/datasets/decode.browser.ts';
import { openDataset } from '../src/datasets/open.ts';
import type { Dataset, InputSpec } from '../src/datasets/types.ts';
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
