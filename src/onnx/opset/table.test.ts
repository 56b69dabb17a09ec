import { describe, expect, test } from 'vitest';
import { CHANGES, HIGHEST_OPSET, LOWEST_OPSET } from './table.ts';
import { VERSIONS } from './versions.ts';

describe('the table of changes', () => {
  test('classifies every change that ONNX lists between the lowest and the highest opset', () => {
    const missing: string[] = [];
    for (const [op, versions] of Object.entries(VERSIONS)) {
      for (const v of versions.slice(1)) {
        if (v > LOWEST_OPSET && v <= HIGHEST_OPSET && !CHANGES[v]?.[op]) missing.push(`${op}-${v}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('and no change that there is not', () => {
    for (const [version, ops] of Object.entries(CHANGES)) {
      for (const op of Object.keys(ops)) expect(VERSIONS[op].slice(1), `${op}-${version}`).toContain(Number(version));
    }
  });
});
