import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PareError } from '../base/errors.ts';
import type { ByteSource } from '../base/source.ts';
import type { Model } from '../onnx/model.ts';
import { readModel } from '../onnx/read.ts';
import { fileSource } from './files.ts';

/** External files that one model may name. No exporter writes more than one per tensor. */
const MAX_FILES = 100_000;

/**
 * Opens a model from disk, with the external data it asks for from the folder it lies in: on the command line nobody
 * drops a second file, so each missing one is looked up when the model names it. The reader has checked that the name
 * stays inside the folder.
 */
export async function openModel(path: string): Promise<Model> {
  const source = await fileSource(path);
  const others: ByteSource[] = [];
  for (let i = 0; i < MAX_FILES; i++) {
    try {
      return await readModel(source, others);
    } catch (error) {
      if (!(error instanceof PareError) || error.code !== 'model/external-missing' || !error.where) throw error;
      const beside = join(dirname(path), error.where);
      if (others.some((o) => o.name === error.where) || !existsSync(beside)) throw error;
      others.push(await fileSource(beside, error.where));
    }
  }
  throw new PareError('model/limit', `${path} names more than ${MAX_FILES} external files.`, { where: path });
}

/** The file of an opened model, and those of its external data. @throws PareError `usage` when one cannot be opened */
export async function sourcesOf(model: Model, path: string): Promise<{ source: ByteSource; others: ByteSource[] }> {
  const others = await Promise.all(model.external.map((name) => fileSource(join(dirname(path), name), name)));
  return { source: await fileSource(path), others };
}
