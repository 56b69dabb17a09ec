import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en } from './en/index.ts';

const root = join(import.meta.dirname, '../../..');

/** The engine's sources as one text. */
function sources(...rooms: string[]): string {
  return rooms
    .flatMap((room) => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((p) => join(room, p)))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
}

const found = (text: string, ...patterns: RegExp[]) =>
  new Set(patterns.flatMap((p) => [...text.matchAll(p)].map((m) => m[1])));

it('has words for every note that a step may leave', () => {
  const keys = found(
    sources('src/methods', 'src/recipe'),
    /note\(\{[^}]*?\bkey:\s*'([\w-]+)'/g,
    /\.note\(\s*'([\w-]+)'/g,
    // What a decision to skip a tensor gives as its reason.
    /\breason:\s*'([\w-]+)'/g,
  );
  // Proof that the patterns find what they are to find.
  for (const key of ['skipped-nan', 'left-float-scale', 'left-float-operator']) expect(keys).toContain(key);
  const known = new Set(Object.keys(en.recipe.notes).map((key) => key.replace(/_(one|other)$/, '')));
  expect([...keys].filter((key) => !known.has(key))).toEqual([]);
});

it('has words for every finding of a preflight, and for its fix', () => {
  const text = ['ort/preflight.ts', 'ort/kernels.ts', 'ort/speed.ts', 'quantize-static/preflight.ts']
    .map((file) => readFileSync(join(root, 'src/methods', file), 'utf8'))
    .join('\n');
  const keys = found(text, /\bkey: '([\w-]+)'/g, /\bsay\(\s*'([\w-]+)'/g);
  for (const verdict of ['faster', 'slower', 'same', 'depends']) keys.add(`speed-${verdict}`);
  for (const key of ['stays-float', 'not-fused', 'webgpu-falls-back', 'speed-small']) expect(keys).toContain(key);
  const known = new Set(Object.keys(en.preflight.finding).map((key) => key.replace(/_(one|other)$/, '')));
  expect([...keys].filter((key) => !known.has(key))).toEqual([]);
  expect(Object.keys(en.preflight.fix).filter((key) => !known.has(key))).toEqual([]);
});

it('has words for every phase that a task may be in', () => {
  const phases = found(
    sources('src/methods', 'src/recipe', 'src/judge', 'src/kernels', 'src/onnx', 'src/datasets', 'workers'),
    /\bphase:\s*'([\w-]+)'/g,
  );
  for (const phase of ['calibrate', 'correct', 'write', 'judge']) expect(phases).toContain(phase);
  expect([...phases].filter((phase) => !(phase in en.progress))).toEqual([]);
});
