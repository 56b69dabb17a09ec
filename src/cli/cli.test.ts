import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const dir = mkdtempSync(join(tmpdir(), 'pare-cli-'));
const LENET = 'public/samples/mnist-lenet300.onnx';
const LENET5 = 'public/samples/mnist-lenet5.onnx';
const DIGITS = ['images-idx3', 'labels-idx1'].map((n) => `public/samples/mnist-test-${n}-ubyte.gz`).join(',');

function pare(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const argv = ['--import', 'tsx', 'src/cli/main.ts', ...args];
    execFile(process.execPath, argv, { maxBuffer: 64e6 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test('inspect lists the tensors with their statistics', async () => {
  const { code, stdout } = await pare('inspect', LENET, '--json');
  expect(code).toBe(0);
  const info = JSON.parse(stdout);
  expect(info.parameters).toBe(266610);
  const fc1 = info.layers.find((l: { name: string }) => l.name === 'fc1.weight');
  expect(fc1).toMatchObject({ dims: [300, 784], dtype: 'float32', bytes: 940800, role: 'weight', zeros: 0 });
  expect((await pare('inspect', LENET)).stdout).toMatch(/fc1\.weight\s+Gemm\s+float32\s+300×784/);
});

test('compress writes the model and a report, the same bytes every time', async () => {
  const recipe = join(dir, 'recipe.json');
  writeFileSync(
    recipe,
    '{"pare":1,"steps":[{"method":"prune-weights","sparsity":0.6},{"method":"quantize-weights","bits":3}]}',
  );
  const out = (name: string) => join(dir, name);
  const first = await pare('compress', LENET, '--recipe', recipe, '-o', out('a.onnx'), '--report', out('a.json'));
  expect(first).toMatchObject({ code: 0, stderr: '' });
  await pare('compress', LENET, '--recipe', readFileSync(recipe, 'utf8'), '-o', out('b.onnx'));
  expect(readFileSync(out('a.onnx')).equals(readFileSync(out('b.onnx')))).toBe(true);
  const report = JSON.parse(readFileSync(out('a.json'), 'utf8'));
  expect(report.bytesAfter).toBe(statSync(out('a.onnx')).size);
  expect(report.tensors.length).toBeGreaterThanOrEqual(5);
});

test('evaluate counts what the sample index says, and the change against an original', async () => {
  const [card] = JSON.parse(readFileSync('public/samples/index.json', 'utf8')).filter((c: { model: string }) =>
    LENET.endsWith(c.model),
  );
  const alone = JSON.parse((await pare('evaluate', LENET, '--data', DIGITS, '--json')).stdout);
  expect(Math.round(alone.original.top1.value * alone.done)).toBe(card.correct);
  const same = JSON.parse(
    (await pare('evaluate', LENET, '--data', DIGITS, '--against', LENET, '--limit', '200', '--json')).stdout,
  );
  expect(same).toMatchObject({ done: 200, comparison: { maxAbsError: 0, top1Change: { value: 0 } } });
});

test('another model, its weights in a file beside it, is the student in the place of the original', async () => {
  const student = join(dir, 'student.onnx');
  await pare('compress', LENET, '--recipe', '{"pare":1,"steps":[]}', '-o', student, '--external');
  const hash = createHash('sha256')
    .update(readFileSync(student))
    .update(readFileSync(`${student}.data`));
  const model = { name: 'student.onnx', sha256: hash.digest('hex') };
  const recipe = JSON.stringify({ pare: 1, steps: [{ method: 'distill', student: 'model', model, steps: 3 }] });
  const out = join(dir, 'taught.onnx');
  const given = ['--student', LENET, '--student', student];
  const run = await pare('compress', LENET5, '--recipe', recipe, '--data', DIGITS, '-o', out, ...given);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const judged = await pare('evaluate', out, '--data', DIGITS, '--against', LENET5, '--limit', '300', '--json');
  const { sizes, original, compressed } = JSON.parse(judged.stdout);
  expect(sizes.compressed.bytes).toBeLessThan(1.1e6);
  // Both are as good as they came.
  for (const side of [original, compressed]) expect(side.top1.value).toBeGreaterThan(0.95);
});

test.each([
  [['frobnicate'], 2, /^pare: usage: "frobnicate" is no command/],
  [[], 2, /^pare: usage: No command/],
  [['inspect'], 2, /needs a MODEL/],
  [['inspect', LENET, '--data', 'x'], 2, /does not take --data/],
  [['inspect', 'nowhere.onnx'], 2, /nowhere\.onnx does not exist/],
  [['compress', LENET, '-o', join(dir, 'x.onnx')], 2, /needs --recipe/],
  [['inspect', 'package.json'], 3, /^pare: model\/not-onnx: package\.json/],
  [
    [
      'compress',
      LENET,
      '--recipe',
      '{"pare":1,"steps":[{"method":"prune-weights","sparsity":2}]}',
      '-o',
      join(dir, 'x.onnx'),
    ],
    3,
    /recipe\/invalid: steps\[0\]\.sparsity/,
  ],
  [['evaluate', LENET, '--data', 'package.json'], 3, /^pare: data\//],
])('%j ends with %i and one line that says why', async (args, code, message) => {
  const result = await pare(...args);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
  expect(result.stderr.trimEnd().split('\n').length).toBe(1);
  expect(result.stderr).toMatch(message);
});

test('a failure leaves no output behind, whole or in part', async () => {
  const recipe = '{"pare":1,"steps":[{"method":"quantize-weights"}]}';
  const out = join(dir, 'taken.onnx');
  mkdirSync(out);
  const before = readdirSync(dir);
  expect((await pare('compress', LENET, '--recipe', recipe, '-o', out)).code).not.toBe(0);
  expect((await pare('compress', LENET, '--recipe', recipe, '-o', join(dir, 'no', 'where.onnx'))).code).toBe(2);
  expect(readdirSync(dir)).toEqual(before);
});
