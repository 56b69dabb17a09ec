import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { Layer } from '../../recipe/layers.ts';
import { i18n, setLanguage } from '../i18n/index.ts';
import type { Studio } from '../state/create.ts';
import { lightColours } from './colours.ts';
import { htmlReport } from './report.ts';

const evil = `fc</script><img src=x onerror=alert(1)>"'&`;
const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) / 3);
const layer: Layer = {
  id: evil,
  name: evil,
  role: 'weight',
  dims: [10, 100],
  dtype: 'float32',
  bytes: 4000,
  place: 'initializer',
  uses: [{ op: 'Gemm', node: 'n', input: 1 }],
  compressible: true,
  sketch: sketchOf(values),
};
const recipe = { pare: 1 as const, seed: 0, steps: [{ method: 'prune-weights' as const, layers: { [evil]: {} } }] };
const estimate = { value: 0.98, low: 0.97, high: 0.99 };
const accuracy = {
  samples: 100,
  top1: estimate,
  perClass: [
    { correct: 49, total: 50 },
    { correct: 49, total: 50 },
  ],
  confusion: new Uint32Array(4),
};
const state = {
  model: {
    info: {
      name: 'g',
      bytes: 5000,
      opsets: { '': 17 },
      producer: { name: evil, version: '' },
      inputs: [{ name: 'x', kind: 'tensor', dtype: 'float32', dims: ['N', 100] }],
      outputs: [],
      operators: [{ domain: '', op: 'Gemm', count: 1 }],
      parameters: 1000,
    },
    layers: [layer],
    files: [{ path: `dir/${evil}.onnx`, blob: new Blob() }],
  },
  recipe,
  result: { bytes: 1200 },
  resultOf: recipe,
  reports: new Map([
    [
      evil,
      [
        {
          id: evil,
          step: 0,
          bytesBefore: 4000,
          bytesAfter: 900,
          sqnr: 31,
          zeros: 5,
          sketch: sketchOf(values),
          encoding: 'int8',
        },
      ],
    ],
  ]),
  report: {
    evidence: 'labels',
    backend: 'wasm',
    done: 100,
    total: 100,
    classes: [evil, 'dog'],
    original: accuracy,
    compressed: accuracy,
    comparison: {
      samples: 100,
      top1Change: { value: 0, low: -0.02, high: 0.02 },
      sqnr: 31,
      cosine: estimate,
      maxAbsError: 1,
      notFinite: { original: 0, compressed: 0 },
    },
    runtimeShare: 0.9,
  },
  reportOf: recipe,
} as unknown as Studio;
const date = new Date('2026-01-02T03:04:05Z');

it('is one file that fetches nothing, runs nothing and lets no name of a file become markup', () => {
  const html = htmlReport(state, i18n.t, 'en', date);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('onerror=alert(1)>"');
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toMatch(/<[a-z][^<>]*\s(src|href)=/);
  // The namespace of SVG is a name, not an address that is fetched.
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(4);
  expect(html).toContain('98.00 %');
  expect(html).toContain('31.0 dB');
});

it('carries the recipe so that it can be read back', () => {
  const html = htmlReport(state, i18n.t, 'en', date);
  const text = /<script type="application\/json" id="pare-recipe">(.*?)<\/script>/s.exec(html)![1];
  expect(JSON.parse(text)).toEqual(recipe);
});

it('shows no number of an older recipe', () => {
  const html = htmlReport({ ...state, recipe: { ...recipe, seed: 1 } } as Studio, i18n.t, 'en', date);
  expect(html).not.toContain('98.00 %');
  expect(html).not.toContain('31.0 dB');
  expect(html).toContain('were not measured for this recipe');
});

it('speaks the language of the page', async () => {
  (globalThis as { document?: unknown }).document = { documentElement: {} };
  await setLanguage('zh');
  const html = htmlReport(state, i18n.t, 'zh', date);
  expect(html).toContain('<html lang="zh-CN">');
  expect(html).toContain('压缩后');
  await setLanguage('en');
});

it('has the colours of the light theme', () => {
  const css = readFileSync(new URL('../../ui/tokens.css', import.meta.url), 'utf8');
  const light = css.slice(0, css.indexOf('@media'));
  for (const [name, value] of Object.entries(lightColours)) {
    if (name !== 'font' && name !== 'mono')
      expect([name, light.includes(`--${name}: ${value};`)]).toEqual([name, true]);
  }
});
