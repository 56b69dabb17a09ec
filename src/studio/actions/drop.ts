import type { NamedFile } from '../../../workers/contract.ts';
import type { DroppedFile } from '../../ui/droppedFiles.ts';

/** What a heap of dropped files is for. */
export interface Sorted {
  model: NamedFile[];
  data: NamedFile[];
  recipe?: NamedFile;
}

const MODEL = /\.(onnx|ort)$/i;
const RECIPE = /\.json$/i;
const DATA = /\.(npz|npy|csv|tsv|idx|zip|png|jpe?g)$|idx[123]-ubyte|\.gz$/i;

/**
 * Sorts dropped files by what they are for, by name alone: contents are judged by whoever opens them. With a model among them, what is no
 * known kind of data is the model's external data, whatever it is called; without one, everything unknown is data once a model is open, and
 * a model before that.
 */
export function sortDrop(files: readonly DroppedFile[], modelOpen: boolean): Sorted {
  const named = files.filter((f) => !hidden(f.path)).map(({ path, file }) => ({ path, blob: file }));
  if (named.length === 1 && RECIPE.test(named[0].path)) return { model: [], data: [], recipe: named[0] };
  if (named.some((f) => MODEL.test(f.path))) {
    return { model: named.filter((f) => !DATA.test(f.path)), data: named.filter((f) => DATA.test(f.path)) };
  }
  if (modelOpen) return { model: [], data: named };
  return { model: named, data: [] };
}

/** Files that systems leave in folders: `.DS_Store`, `__MACOSX/…`. */
function hidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db');
}
