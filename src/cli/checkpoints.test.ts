import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkpointsBeside } from './checkpoints.ts';

const dir = mkdtempSync(join(tmpdir(), 'pare-checkpoints-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('keeps bytes by key beside the output, for the next run to find', async () => {
  const out = join(dir, 'model.onnx');
  const first = checkpointsBeside(out);
  expect(await first.get('a')).toBeUndefined();
  expect(readdirSync(dir)).toEqual([]);
  const key = `distill ${'x'.repeat(5000)} / ../`;
  await first.put(key, Uint8Array.of(1, 2, 3));
  await first.put('b', new Uint8Array(0));
  await first.put(key, Uint8Array.of(4, 5));
  const second = checkpointsBeside(out);
  expect(await second.get(key)).toEqual(Uint8Array.of(4, 5));
  expect(await second.get('b')).toEqual(new Uint8Array(0));
  await second.remove('b');
  await second.remove('never');
  expect(await first.get('b')).toBeUndefined();
  await second.clear();
  expect(existsSync(join(dir, '.model.onnx.checkpoints'))).toBe(false);
});
