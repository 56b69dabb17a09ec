import { PareError } from '../base/errors.ts';
import { MAX_PROTOBUF_BYTES } from '../base/limits.ts';
import type { ByteSource } from '../base/source.ts';
import { externalFinder } from '../onnx/external.ts';
import { openSession } from '../runtime/session.ts';
import type { Session, SessionOptions } from '../runtime/types.ts';

/**
 * Loads a model file into the runtime as it lies on disk, so that what is judged is what people will run.
 * @param source the .onnx file @param others its external data, among other files
 * @param locations the external files that the model names
 * @throws PareError `memory/exhausted` when the files cannot fit in the runtime's 4 GB, and those of `openSession`
 */
export async function loadFile(
  source: ByteSource,
  others: readonly ByteSource[],
  locations: readonly string[],
  options: SessionOptions = {},
): Promise<Session> {
  const find = externalFinder(others, source.name);
  const files = locations.map((path) => ({ path, file: find(path) }));
  const total = files.reduce((n, f) => n + (f.file?.size ?? 0), source.size);
  if (total > MAX_PROTOBUF_BYTES) {
    throw new PareError(
      'memory/exhausted',
      `${source.name} with its weights is ${(total / 1e9).toFixed(1)} GB, more than can be run here.`,
      {
        where: source.name,
        hint: 'Pare can still compress it. To measure accuracy, run the compressed model where there is more memory.',
      },
    );
  }
  const external: { path: string; data: Uint8Array<ArrayBuffer> }[] = [];
  for (const { path, file } of files) {
    if (!file)
      throw new PareError('model/external-missing', `The weights file "${path}" was not opened.`, { where: path });
    external.push({ path, data: await file.read(0, file.size) });
  }
  return openSession(await source.read(0, source.size), { ...options, external });
}

/** Which of several dropped files is the model. */
export function findModel<T extends { name: string }>(files: readonly T[]): T | undefined {
  return files.find((f) => /\.(onnx|ort)$/i.test(f.name)) ?? (files.length === 1 ? files[0] : undefined);
}
