import fc from 'fast-check';
import { expect, it } from 'vitest';
import { significant } from './format.ts';
import { parsePowers } from './parsePowers.ts';

it('reads what is written, to its three digits', () => {
  fc.assert(
    fc.property(fc.double({ min: -30, max: 6, noNaN: true }), (exponent) => {
      const value = 10 ** exponent;
      const read = parsePowers(significant(value))!;
      expect(Math.abs(read / value - 1)).toBeLessThan(0.0051);
    }),
  );
});

it('reads what people type, and nothing else', () => {
  expect(['1.5e-7', '1,5E−7', ' .5 ', '0', '-3', '2e3'].map(parsePowers)).toEqual([1.5e-7, 1.5e-7, 0.5, 0, -3, 2000]);
  expect(['0,002', '1,234', '12,345,000', '1,23'].map(parsePowers)).toEqual([0.002, 1234, 12345000, 1.23]);
  expect(['', 'e5', '1.2.3', '0x10', 'Infinity', '1e999'].map(parsePowers)).toEqual(new Array(6).fill(undefined));
});
