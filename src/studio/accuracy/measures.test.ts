import { expect, it } from 'vitest';
import type { Accuracy, Estimate, JudgeReport } from '../../judge/types.ts';
import { i18n } from '../i18n/index.ts';
import { formatsFor } from '../i18n/useFormat.ts';
import { classChanges, measureRows } from './measures.ts';

const at = (value: number, low = value, high = value): Estimate => ({ value, low, high });
const accuracy = (perClass: Accuracy['perClass']): Accuracy => {
  const correct = perClass.reduce((n, c) => n + c.correct, 0);
  const samples = perClass.reduce((n, c) => n + c.total, 0);
  return { samples, top1: at(correct / samples), perClass, confusion: new Uint32Array(perClass.length ** 2) };
};
const report = (part: Partial<JudgeReport> = {}): JudgeReport => ({
  evidence: 'labels',
  backend: 'wasm',
  done: 20,
  total: 20,
  classes: ['cat', 'dog', 'none'],
  original: accuracy([
    { correct: 10, total: 10 },
    { correct: 8, total: 10 },
    { correct: 0, total: 0 },
  ]),
  compressed: accuracy([
    { correct: 9, total: 10 },
    { correct: 5, total: 10 },
    { correct: 0, total: 0 },
  ]),
  comparison: {
    samples: 20,
    top1Change: at(-0.2, -0.35, -0.02),
    sqnr: 31.25,
    cosine: at(0.99),
    maxAbsError: 0.5,
    notFinite: { original: 0, compressed: 0 },
  },
  runtimeShare: 0.9,
  ...part,
});

it('orders classes by the size of their change and leaves out those without samples', () => {
  expect(classChanges(report()).map((c) => [c.name, Math.round(c.change * 100)])).toEqual([
    ['dog', -30],
    ['cat', -10],
  ]);
});

it('writes what was measured, and nothing that was not', () => {
  const rows = measureRows(report(), { before: 1000, after: 250 }, i18n.t, formatsFor('en'));
  expect(rows.map((r) => r.id)).toEqual(['top1', 'sqnr', 'cosine', 'maxError', 'bytes']);
  expect(rows[0]).toMatchObject({
    original: '90.00 %',
    compressed: '70.00 %',
    change: '−20.00 pp',
    interval: '−35.00 pp … −2.00 pp',
  });
  expect(rows[4]).toMatchObject({ original: '1.00 kB', compressed: '250 B', change: '4.0×' });
  expect(measureRows(undefined, { before: 1000 }, i18n.t, formatsFor('en')).map((r) => r.id)).toEqual(['bytes']);
});
