import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, labelOn, luminance, mix, type Oklch, oklchToLinearRgb, parseOklch } from './colour.ts';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Declarations of the first rule whose selector is exactly `selector`, searched from `from`. */
function block(selector: string, from = 0): Map<string, string> {
  const start = css.indexOf(`${selector} {`, from);
  expect(start, selector).toBeGreaterThanOrEqual(0);
  const body = css.slice(css.indexOf('{', start) + 1, css.indexOf('}', start));
  return new Map([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((m) => [m[1], m[2].trim()]));
}

const light = block(':root');
const dark = block(':root[data-theme="dark"]');
const systemDark = block(':root:not([data-theme="light"])', css.indexOf('prefers-color-scheme: dark'));
const print = block(':root:not([data-theme="light"])', css.indexOf('@media print'));

const colour = (set: Map<string, string>, name: string): Oklch => {
  const parsed = parseOklch(set.get(`--${name}`) ?? '');
  if (!parsed) throw new Error(`--${name} is not a plain oklch() colour`);
  return parsed;
};

describe('colour arithmetic', () => {
  it('knows white, black and mid red', () => {
    expect(contrast(parseOklch('oklch(1 0 0)')!, parseOklch('oklch(0 0 0)')!)).toBeCloseTo(21, 2);
    // sRGB red is oklch(0.62796 0.25768 29.234) (CSS Color 4, section 10 samples); five digits leave 1e-3.
    const [r, g, b] = oklchToLinearRgb(parseOklch('oklch(0.62796 0.25768 29.234)')!);
    expect(r).toBeCloseTo(1, 3);
    expect(g).toBeCloseTo(0, 3);
    expect(b).toBeCloseTo(0, 3);
  });
});

describe('themes', () => {
  it('gives the device setting and the switch the same dark, and prints in light', () => {
    expect([...systemDark]).toEqual([...dark]);
    for (const [name, value] of print) expect(value, name).toBe(light.get(name));
    expect([...print.keys()]).toEqual([...dark.keys()]);
  });

  for (const [theme, set] of [
    ['light', light],
    ['dark', dark],
  ] as const) {
    const surfaces = ['surface', 'surface-raised', 'surface-sunken'];
    const pairs: [string[], number][] = [
      [['text'], 7],
      [['text-muted', 'before-text', 'after-text', 'danger'], 4.5],
      [['control', 'ink', 'before', 'before-strong', 'after-strong', 'focus', 'accent'], 3],
    ];
    for (const [names, least] of pairs)
      for (const name of names)
        for (const on of surfaces)
          it(`${theme}: ${name} on ${on} is at least ${least}:1`, () => {
            expect(contrast(colour(set, name), colour(set, on))).toBeGreaterThanOrEqual(least);
          });

    it(`${theme}: text on filled controls`, () => {
      expect(contrast(colour(set, 'on-accent'), colour(set, 'accent'))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour(set, 'on-ink'), colour(set, 'ink'))).toBeGreaterThanOrEqual(7);
      expect(contrast(colour(set, 'on-danger'), colour(set, 'danger'))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour(set, 'danger'), colour(set, 'danger-surface'))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour(set, 'text'), colour(set, 'danger-surface'))).toBeGreaterThanOrEqual(7);
    });

    it(`${theme}: neutrals have a chroma under 0.01`, () => {
      for (const name of [...surfaces, 'line', 'text', 'text-muted', 'control', 'ink'])
        expect(colour(set, name).c, name).toBeLessThan(0.01);
    });

    it(`${theme}: before and after differ in grey`, () => {
      const ratio = luminance(colour(set, 'after')) / luminance(colour(set, 'before'));
      expect(ratio).toBeGreaterThan(1.4);
    });

    it(`${theme}: a label reads at every heat, in black or in white`, () => {
      for (let t = 0; t <= 1; t += 0.05) {
        const fill = mix(colour(set, 'heat-low'), colour(set, 'heat-high'), t);
        expect(contrast(fill, labelOn(fill))).toBeGreaterThanOrEqual(4.5);
      }
    });
  }

  it('keeps the two colours of docs/LOOK.md', () => {
    for (const set of [light, dark]) {
      expect(set.get('--before')).toBe('oklch(0.62 0.14 255)');
      expect(set.get('--after')).toBe('oklch(0.72 0.15 60)');
    }
  });
});
