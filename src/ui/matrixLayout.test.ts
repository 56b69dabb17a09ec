import { describe, expect, it } from 'vitest';
import { cellAt, matrixBox, shadeRows } from './matrixLayout.ts';

describe('matrix', () => {
  it('shades by row', () => {
    expect([...shadeRows([3, 1, 0, 0], 2)]).toEqual([0.75, 0.25, 0, 0]);
    expect([...shadeRows([Number.NaN, 2, 1, 1], 2)]).toEqual([0, 1, 0.5, 0.5]);
  });

  it('hits the cell that is drawn there, and none outside', () => {
    const classes = ['cat', 'dog', 'horse'];
    const box = matrixBox(400, 300, classes);
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++)
        expect(cellAt(box, 3, box.left + (column + 0.5) * box.cell, box.top + (row + 0.5) * box.cell)).toEqual({
          row,
          column,
        });
    expect(cellAt(box, 3, box.left - 1, 10)).toBeUndefined();
    expect(cellAt(box, 3, box.left + 3 * box.cell + 1, 10)).toBeUndefined();
  });

  it('fits a thousand classes into a small box', () => {
    const box = matrixBox(
      300,
      300,
      Array.from({ length: 1000 }, (_, i) => `class ${i}`),
    );
    expect(box.cell * 1000 + box.left).toBeLessThanOrEqual(300);
    expect(matrixBox(0, 0, []).cell).toBe(0);
  });
});
