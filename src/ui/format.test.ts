import { describe, expect, it } from 'vitest';
import * as f from './format.ts';

describe('format', () => {
  it('bytes count in thousands, to three digits', () => {
    expect(f.bytes(0)).toBe('0 B');
    expect(f.bytes(812)).toBe('812 B');
    expect(f.bytes(241_000)).toBe('241 kB');
    expect(f.bytes(1_730_000)).toBe('1.73 MB');
    expect(f.bytes(999_600)).toBe('1.00 MB');
    expect(f.bytes(435e6)).toBe('435 MB');
    expect(f.bytes(12e15)).toBe('12,000 TB');
  });

  it('time left, in whole seconds, minutes and hours', () => {
    expect(f.remaining(0)).toBe('1 s');
    expect(f.remaining(11_400)).toBe('12 s');
    expect(f.remaining(190_000)).toBe('3 min');
    expect(f.remaining(4 * 3600e3)).toBe('4 h');
  });

  it('counts', () => {
    expect(f.count(812)).toBe('812');
    expect(f.count(431_080)).toBe('431 k');
    expect(f.count(1_200_000)).toBe('1.20 M');
    expect([0, 0.5, 600, 3000, 1.5e6, 2e9].map((n) => f.countTick(n))).toEqual([
      '0',
      '0.5',
      '600',
      '3 k',
      '1.5 M',
      '2 G',
    ]);
    expect(f.integer(431_080)).toBe('431,080');
    expect(f.integer(431_080, 'zh-CN')).toBe('431,080');
    expect(f.integer(1234.4, 'de')).toBe('1.234');
  });

  it('percent and points keep their signs and their doubt', () => {
    expect(f.percent(0.987)).toBe('98.7 %');
    expect(f.points(-0.002, 0.002)).toBe('−0.2 ± 0.2 pp');
    expect(f.points(0.0031)).toBe('+0.3 pp');
    expect(f.points(-0.0001)).toBe('0.0 pp');
    expect(f.points(0.0001)).toBe('0.0 pp');
    expect(f.percent(Number.NaN)).toBe('NaN');
  });

  it('times, ratios, decibels', () => {
    expect(f.duration(0.4123)).toBe('0.412 ms');
    expect(f.duration(3.1)).toBe('3.10 ms');
    expect(f.duration(1204)).toBe('1.20 s');
    expect(f.duration(200_000)).toBe('3 min 20 s');
    expect(f.duration(7_500_000)).toBe('2 h 5 min');
    expect(f.duration(0)).toBe('0.00 ms');
    expect(f.ratio(7.2)).toBe('7.2×');
    expect(f.ratio(1.033)).toBe('1.03×');
    expect(f.ratio(120.4)).toBe('120×');
    expect(f.ratio(Number.POSITIVE_INFINITY)).toBe('∞×');
    expect(f.decibels(38.24)).toBe('38.2 dB');
    expect(f.decibels(Number.POSITIVE_INFINITY)).toBe('∞ dB');
  });

  it('significant digits, with science where zeros mislead', () => {
    expect(f.significant(0.02134)).toBe('0.0213');
    expect(f.significant(-0.02134, 2)).toBe('−0.021');
    expect(f.significant(1.234e-7, 2)).toBe('1.2e−7');
    expect(f.significant(-1.234e9)).toBe('−1.23e9');
    expect(f.significant(0)).toBe('0');
    expect(f.significant(-0)).toBe('0');
    expect(f.significant(Number.NEGATIVE_INFINITY)).toBe('−∞');
  });

  it('shapes', () => {
    expect(f.shape([50, 20, 5, 5])).toBe('50×20×5×5');
    expect(f.shape(['batch', 3])).toBe('batch×3');
    expect(f.shape([])).toBe('[]');
  });
});
