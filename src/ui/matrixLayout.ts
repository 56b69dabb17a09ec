/** Where the cells of a confusion matrix lie, in CSS pixels. */
export interface MatrixBox {
  left: number;
  top: number;
  /** Side of a cell; under one pixel for very many classes. */
  cell: number;
  /** A class's name as far as it fits at the left. */
  name: (index: number) => string;
  /** The same under a column. */
  short: (index: number) => string;
}

const letter = 6.2;

/** Fits `classes.length` square cells with room for the names at the left and the axis titles. */
export function matrixBox(width: number, height: number, classes: readonly string[]): MatrixBox {
  const n = Math.max(1, classes.length);
  const longest = classes.reduce((most, name) => Math.max(most, name.length), 0);
  const left = Math.min(width * 0.3, 30 + longest * letter);
  const cell = Math.max(0, Math.min(width - left - 8, height - 48) / n);
  const cut = (name: string, room: number) => {
    const letters = Math.max(1, Math.floor(room / letter));
    return name.length <= letters ? name : letters < 3 ? name.slice(0, letters) : `${name.slice(0, letters - 1)}…`;
  };
  return {
    left,
    top: 4,
    cell,
    name: (index) => cut(classes[index], left - 26),
    short: (index) => cut(classes[index], cell),
  };
}

/** The cell under a point, or undefined. */
export function cellAt(box: MatrixBox, n: number, x: number, y: number): { row: number; column: number } | undefined {
  const column = Math.floor((x - box.left) / box.cell);
  const row = Math.floor((y - box.top) / box.cell);
  return row >= 0 && row < n && column >= 0 && column < n ? { row, column } : undefined;
}

/** Each count as a share of its row's sum, 0…1; a row of nothing is 0. */
export function shadeRows(counts: ArrayLike<number>, n: number): Float32Array {
  const shades = new Float32Array(n * n);
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += counts[row * n + column] || 0;
    if (sum > 0)
      for (let column = 0; column < n; column++) shades[row * n + column] = (counts[row * n + column] || 0) / sum;
  }
  return shades;
}
