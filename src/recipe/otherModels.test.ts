import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../base/source.ts';
import { readModel } from '../onnx/read.ts';
import { writeModel } from '../onnx/write.ts';
import { referenceTo } from './otherModels.ts';
import { referencesOf } from './references.ts';
import { parseRecipe } from './schema.ts';

const name = 'mnist-lenet300.onnx';
const file = memorySource(new Uint8Array(readFileSync(`public/samples/${name}`)), `folder/${name}`);
const sha = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const p of parts) hash.update(p);
  return hash.digest('hex');
};

test('a model is called by its file, and by what sha256sum says of it', async () => {
  const model = await readModel(file);
  expect(await referenceTo(model, file, [])).toEqual({ name, sha256: sha(await file.read(0, file.size)) });
});

test('external data counts behind it', async () => {
  const [main, outside] = [memorySink(), memorySink()];
  await writeModel(await readModel(file), main, { external: { name: 'w.data', sink: outside } });
  const source = memorySource(main.bytes(), 'm.onnx');
  const others = [memorySource(outside.bytes(), 'w.data'), memorySource(new Uint8Array(9), 'not asked for')];
  const model = await readModel(source, others);
  expect((await referenceTo(model, source, others)).sha256).toBe(sha(main.bytes(), outside.bytes()));
});

test('one that is too large to learn is not read', async () => {
  const model = await readModel(file);
  const huge = { name: 'huge.onnx', size: 2 ** 40, read: () => Promise.reject(new Error('read')) };
  await expect(referenceTo(model, huge, [])).rejects.toMatchObject({ code: 'model/limit' });
});

test('a recipe asks for the students of its steps', () => {
  const model = { name: 'a.onnx', sha256: 'ab'.repeat(32) };
  const steps = [{ method: 'distill' }, { method: 'distill', student: 'model', model }, { method: 'simplify' }];
  expect(referencesOf(parseRecipe({ pare: 1, steps }))).toEqual([model]);
});
