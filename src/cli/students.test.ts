import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRecipe } from '../recipe/schema.ts';
import { openStudents } from './students.ts';

const LENET5 = 'public/samples/mnist-lenet5.onnx';
const LENET300 = 'public/samples/mnist-lenet300.onnx';
const sha = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const step = (sha256: string) => ({ method: 'distill', student: 'model', model: { name: 'a.onnx', sha256 } });
const recipe = (...steps: object[]) => parseRecipe({ pare: 1, steps });

test('students are found by their contents, whatever they are called', async () => {
  const students = await openStudents([LENET300, LENET5], recipe(step(sha(LENET5))));
  expect(students.get(sha(LENET5))?.name).toBe('mnist-lenet5.onnx');
});

test.each<[string, string[], object[], string, RegExp]>([
  [
    'is not given',
    [],
    [step(sha(LENET5))],
    'recipe/model-missing',
    /asks for the student "a\.onnx" \(SHA-256 [0-9a-f]{64}\)\.$/,
  ],
  [
    'is another file',
    [LENET300],
    [step(sha(LENET5))],
    'recipe/model-missing',
    new RegExp(`${sha(LENET5)}.*lenet300\\.onnx \\(${sha(LENET300).slice(0, 12)}`),
  ],
  ['is no model', ['package.json'], [step(sha(LENET5))], 'model/not-onnx', /package\.json/],
  ['does not exist', ['nowhere.onnx'], [step(sha(LENET5))], 'usage', /nowhere\.onnx does not exist/],
  ['is asked for by nothing', [LENET300], [{ method: 'simplify' }], 'usage', /No step/],
])('one that %s is refused', async (_, paths, steps, code, message) => {
  const opened = openStudents(paths, recipe(...steps));
  await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
