import { knownFile } from './recipe/namedPresets.ts';
import type { Studio } from './state/create.ts';

/** Whether the compressed model is of the recipe as it stands; else numbers on the page are forecasts. */
export const resultIsCurrent = (s: Studio): boolean => s.result !== undefined && s.resultOf === s.recipe;

/** Whether the verdict is of the recipe as it stands. */
export const reportIsCurrent = (s: Studio): boolean => s.report !== undefined && s.reportOf === s.recipe;

/** Bytes of the open model, external data included. */
export const originalBytes = (s: Studio): number => s.model?.info.bytes ?? 0;

/** The open model's own file name, without folders. */
export function modelFileName(s: Studio): string {
  const files = s.model?.files ?? [];
  const path = files.find((f) => /\.onnx$/i.test(f.path))?.path ?? files[0]?.path ?? 'model.onnx';
  return path.split('/').pop() || 'model.onnx';
}

/**
 * What the compressed model is called: as people look for it where the recipe has such a name, and never the original's, so that saving
 * beside it cannot replace it.
 */
export function outputName(s: Studio): string {
  const known = knownFile(s.recipe);
  if (known && known !== modelFileName(s)) return known;
  return `${modelFileName(s).replace(/\.(onnx|ort)$/i, '')}.pare.onnx`;
}

/** The file sizes that are known: before, and after where the result is of the recipe as it stands. */
export function sizesOf(s: Studio): { before: number; after?: number; gzipBefore?: number; gzipAfter?: number } {
  const current = resultIsCurrent(s);
  return {
    before: originalBytes(s),
    after: current ? s.result?.bytes : undefined,
    gzipBefore: s.sizes?.originalGzip,
    gzipAfter: current ? s.sizes?.compressedGzip : undefined,
  };
}
