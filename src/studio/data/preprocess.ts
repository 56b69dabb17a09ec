import type { OpenedData } from '../../../workers/contract.ts';
import { PRESETS, type PresetId, presetPreprocess, type StoredRange } from '../../datasets/presets.ts';
import type { Preprocess } from '../../datasets/types.ts';

const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((v, i) => v === b[i]);

/** Scales come from divisions such as 1/255: two ways to write one must still be the same preset. */
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

/** How the stored numbers must stand for this to be a preset, and which it is; undefined for settings of one's own. */
export function presetOf(p: Preprocess): { id: PresetId; range: StoredRange } | undefined {
  for (const range of ['pixels', 'unit'] as const) {
    for (const { id } of PRESETS) {
      const preset = presetPreprocess(id, range, p.resize);
      if (
        close(preset.scale, p.scale) &&
        same(preset.mean, p.mean) &&
        same(preset.std, p.std) &&
        preset.color === p.color
      ) {
        return { id, range };
      }
    }
  }
  return undefined;
}

/** The preset that data is prepared by: the one that was suggested, or whose numbers these are. */
export function presetIdOf({ preset, preprocess }: Pick<OpenedData, 'preset' | 'preprocess'>): PresetId | undefined {
  return (preset as PresetId | undefined) ?? presetOf(preprocess)?.id;
}

/** Numbers with commas between, as typed; undefined when one is none. Spaces and Chinese commas are taken too. */
export function parseNumbers(text: string): number[] | undefined {
  const parts = text
    .split(/[,，;\s]+/)
    .map((part) => part.trim())
    .filter(Boolean);
  const numbers = parts.map(Number);
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** Numbers as a person edits them: exact, with commas. */
export const numbersText = (numbers: readonly number[]): string => numbers.join(', ');

/** Indices of samples to look at: spread over the data, a different handful for each `page`. */
export function previewIndices(count: number, shown: number, page: number): number[] {
  const n = Math.min(shown, count);
  const step = count / n;
  return Array.from({ length: n }, (_, i) => Math.floor(i * step + page * Math.max(1, step / 7)) % count);
}
