import { describe, expect, it } from 'vitest';
import { toCsv } from './exportChart.ts';
import { svgPainter, toHex } from './painter.ts';

describe('toCsv', () => {
  it('quotes, and disarms formulas', () => {
    const csv = toCsv({
      columns: ['name', 'value'],
      rows: [
        ['a,b', -0.5],
        ['say "hi"\n', 1e-9],
        ['=HYPERLINK("x")', Number.NaN],
      ],
    });
    expect(csv).toBe('name,value\r\n"a,b",-0.5\r\n"say ""hi""\n",1e-9\r\n"\'=HYPERLINK(""x"")",NaN\r\n');
  });
});

describe('svgPainter', () => {
  it('writes sRGB and escapes names', () => {
    const painter = svgPainter(10, 10, 'oklch(1 0 0)');
    painter.text(1, 2, '<script>&\u0000', { fill: 'oklch(0 0 0)', size: 11 });
    const svg = painter.finish();
    expect(svg).toContain('fill="#ffffff"');
    expect(svg).toContain('&lt;script&gt;&amp;</text>');
    expect(svg).not.toContain('oklch');
    expect(svg).not.toContain('\u0000');
  });

  it('knows a colour of CSS Color 4', () => {
    // oklch(0.62796 0.25768 29.234) is red; rounding to 8 bits absorbs the five digits.
    expect(toHex('oklch(0.62796 0.25768 29.234)')).toMatch(/^#f[ef]0[0-2]0[0-2]$/);
    expect(toHex('#123456')).toBe('#123456');
  });
});
