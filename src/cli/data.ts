import { PareError } from '../base/errors.ts';
import { decodeImage } from '../datasets/decode.node.ts';
import { openDataset } from '../datasets/open.ts';
import {
  PRESETS,
  type PresetId,
  presetPreprocess,
  STORED,
  storedRange,
  suggestPreprocess,
} from '../datasets/presets.ts';
import type { Dataset, InputSpec, Preprocess } from '../datasets/types.ts';
import { sourcesAt } from './files.ts';

/**
 * Opens a dataset from disk. Several files are given with commas between: `images.gz,labels.gz`.
 * @param preset how samples become input, by the preset's name; without it, what the page would suggest
 */
export async function openData(
  where: string,
  inputs: readonly InputSpec[],
  preset: string | undefined,
  split: 'train' | 'test',
): Promise<{ dataset: Dataset; preprocess: Preprocess; preset: string }> {
  const sources = (await Promise.all(where.split(',').map(sourcesAt))).flat();
  const dataset = await openDataset(sources, { decodeImage, inputs, split });
  const suggestion = inputs.length ? await suggestPreprocess(dataset, inputs[0]) : undefined;
  if (preset === undefined) {
    return { dataset, preprocess: suggestion?.preprocess ?? STORED, preset: suggestion?.preset ?? 'stored' };
  }
  if (!PRESETS.some((p) => p.id === preset)) {
    throw new PareError('usage', `"${preset}" is no preset.`, {
      hint: `Presets: ${PRESETS.map((p) => p.id).join(', ')}.`,
    });
  }
  const range = await storedRange(dataset);
  return { dataset, preprocess: presetPreprocess(preset as PresetId, range, suggestion?.preprocess.resize), preset };
}
