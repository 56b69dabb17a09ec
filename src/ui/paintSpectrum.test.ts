import { expect, it } from 'vitest';
import { toPixel } from './histogramScale.ts';
import type { Painter } from './painter.ts';
import { paintSpectrum, rankAxis, type SpectrumData, spectrumBox, valueRange } from './paintSpectrum.ts';
import type { ChartColours } from './theme.ts';

const box = spectrumBox(600, 300);
const colours = new Proxy({}, { get: (_, name) => String(name) }) as ChartColours;
const text = { xLabel: 'rank', yLabel: 'value', keptLabel: 'kept', largestLabel: 'largest' };
const data: SpectrumData = { values: [8, 4, 1, 1e-12], kept: [0.79, 0.99, 1, 1], rank: 2, largest: 3 };

/** What is drawn: rectangles by colour, and texts. */
function drawn(of: SpectrumData) {
  const rects: Record<string, number[][]> = {};
  const texts: string[] = [];
  const painter: Painter = {
    rect: (x, y, width, height, fill) => {
      rects[fill] = [...(rects[fill] ?? []), [x, y, width, height]];
    },
    line: () => {},
    text: (_x, _y, content) => texts.push(content),
  };
  paintSpectrum(painter, { data: of, box, hovered: 0, text, colours, locale: 'en' });
  return { rects, texts };
}

it('has a place for each rank, and an axis that the arithmetic’s noise does not stretch', () => {
  const axis = rankAxis(data.values);
  expect([toPixel(0.5, axis, box), toPixel(4.5, axis, box)]).toEqual([box.left, box.right]);
  const [low, high] = valueRange(data.values);
  expect(low).toBeGreaterThan(0.5);
  expect(high).toBeGreaterThan(8);
  expect(valueRange([0, 0])[1]).toBeGreaterThan(valueRange([0, 0])[0]);
});

it('draws a bar for each value over the noise, on a log scale, and veils what the rank leaves out', () => {
  const { rects, texts } = drawn(data);
  // The key is the last one of that colour.
  const bars = rects.before.slice(0, -1).map(([, , , height]) => height);
  expect(bars).toHaveLength(3);
  expect(bars[0] - bars[1]).toBeCloseTo((bars[1] - bars[2]) / 2, 6);
  const veil = rects['surface-raised'][0];
  expect(veil[0]).toBeCloseTo((box.left + box.right) / 2, 6);
  expect(veil[2]).toBeCloseTo((box.right - box.left) / 2, 6);
  expect(texts).toContain('largest');
  expect(drawn({ ...data, largest: 0 }).texts).not.toContain('largest');
});
