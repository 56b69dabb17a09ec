import { PareError } from '../base/errors.ts';
import { MiB } from '../base/limits.ts';
import type { ByteSource } from '../base/source.ts';
import type { ModelReference } from '../methods/types.ts';
import { externalFinder } from '../onnx/external.ts';
import type { Model } from '../onnx/model.ts';

/**
 * Bytes of another model with its external data. What it is there for is to learn, which takes its weights, their gradients and two
 * averages of them in the runtime's 4 GB.
 */
const MOST_BYTES = 512 * MiB;
/** Read at a time. */
const PIECE = 8 * MiB;

/**
 * What a recipe calls a model: its file's name, and the SHA-256 of the file with its external data behind it, in the order in which the
 * model names it (`cat model.onnx model.onnx.data | sha256sum`).
 * @param source what the model was read from @param others where its external data is
 * @throws PareError `model/limit` above 512 MiB
 */
export async function referenceTo(
  model: Model,
  source: ByteSource,
  others: readonly ByteSource[],
): Promise<ModelReference> {
  const find = externalFinder(others, source.name);
  const files = [...new Set([source, ...model.external.flatMap((location) => find(location) ?? [])])];
  const total = files.reduce((n, f) => n + f.size, 0);
  if (total > MOST_BYTES) {
    throw new PareError('model/limit', `${model.name} has ${total} bytes; a student may have ${MOST_BYTES}.`, {
      where: source.name,
      hint: 'A model this large cannot learn here.',
    });
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const file of files) {
    for (let offset = 0; offset < file.size; offset += PIECE) {
      const piece = await file.read(offset, Math.min(PIECE, file.size - offset));
      bytes.set(piece, at);
      at += piece.length;
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return { name: model.name, sha256: Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('') };
}
