/**
 * One dim: its size, the name of a symbolic size, a product such as `2*batch*sequence`, or null for an unknown size. During
 * inference an unknown size is a symbol of its own, `?7`, so that it can be recognised when it comes back; it
 * is null in what the room gives out.
 */
export type Dim = number | string | null;
export type Dims = readonly Dim[];

/** Sizes past this are no sizes of tensors, and products of them would not be exact. */
const MAX_DIM = 2 ** 48;

/** A symbol that can be a factor of a product and be found in it again. */
const FACTOR = /^[?\p{L}_][\p{L}\p{N}_.:]*$/u;

let unknowns = 0;

/** A new unknown dim. */
export function unknownDim(): string {
  unknowns = (unknowns + 1) % Number.MAX_SAFE_INTEGER;
  return `?${unknowns}`;
}

/** Whether the dim is a size or a symbol that the model itself names. */
export function isNamed(d: Dim | undefined): d is number | string {
  return typeof d === 'number' || (typeof d === 'string' && !d.includes('?'));
}

interface Product {
  factor: number;
  symbols: string[];
}

function parse(d: number | string): Product | undefined {
  if (typeof d === 'number') return { factor: d, symbols: [] };
  const symbols = d.split('*');
  const factor = symbols.length > 1 && /^\d+$/.test(symbols[0]) ? Number(symbols.shift()) : 1;
  return symbols.every((s) => FACTOR.test(s)) ? { factor, symbols } : undefined;
}

function format({ factor, symbols }: Product): Dim {
  if (!Number.isSafeInteger(factor) || Math.abs(factor) > MAX_DIM || symbols.length > 8) return unknownDim();
  if (factor === 0 || symbols.length === 0) return factor;
  const text = [...symbols].sort().join('*');
  return factor === 1 ? text : `${factor}*${text}`;
}

/** a · b. */
export function mulDims(a: Dim, b: Dim): Dim {
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  if (b === 1) return a;
  const x = a === null ? undefined : parse(a);
  const y = b === null ? undefined : parse(b);
  if (!x || !y) return unknownDim();
  return format({ factor: x.factor * y.factor, symbols: [...x.symbols, ...y.symbols] });
}

/** a / b where it is known to be whole, else unknown. */
export function divDims(a: Dim, b: Dim): Dim {
  if (b === 1) return a;
  if (a !== null && a === b && a !== 0) return 1;
  const x = a === null ? undefined : parse(a);
  const y = b === null ? undefined : parse(b);
  if (!x || !y || y.factor === 0 || x.factor % y.factor !== 0) return unknownDim();
  const symbols = [...x.symbols];
  for (const s of y.symbols) {
    const at = symbols.indexOf(s);
    if (at < 0) return unknownDim();
    symbols.splice(at, 1);
  }
  return format({ factor: x.factor / y.factor, symbols });
}

/** a + b; a sum with a symbol is unknown unless the other is 0. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return unknownDim();
}

/** The product of all dims; 1 for none. */
export function countOf(dims: Dims): Dim {
  return dims.reduce<Dim>(mulDims, 1);
}

/** Whether two dims are known to be one size. */
export function sameDim(a: Dim, b: Dim): boolean {
  return a !== null && a === b;
}

/** Whether two shapes are known to be one. */
export function sameDims(a: Dims | null | undefined, b: Dims | null | undefined): boolean {
  return !!a && !!b && a.length === b.length && a.every((d, i) => sameDim(d, b[i]));
}

/** Every dim as a number; undefined when one is not. */
export function numericDims(dims: Dims | null | undefined): number[] | undefined {
  return dims?.every((d) => typeof d === 'number') ? (dims as number[]) : undefined;
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1 || sameDim(a, b)) return a;
  // A size above 1 decides: the other is that size or 1.
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return unknownDim();
}

/** The shape of an elementwise operation on all of these (ONNX, "Multidirectional Broadcasting"); null when a rank is unknown. */
export function broadcastDims(shapes: readonly (Dims | null)[]): Dims | null {
  let out: Dim[] = [];
  for (const shape of shapes) {
    if (!shape) return null;
    const rank = Math.max(out.length, shape.length);
    const next: Dim[] = [];
    for (let i = 0; i < rank; i++) {
      const a = out[out.length - rank + i] ?? 1;
      const b = i < rank - shape.length ? 1 : shape[shape.length - rank + i];
      next.push(broadcastDim(i < rank - out.length ? 1 : a, b));
    }
    out = next;
  }
  return out;
}

/** The dim that both describe, the more definite of the two. */
export function mergeDim(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return isNamed(a) ? a : b;
}

/** An axis counted from the front; undefined when it is out of range. */
export function axisOf(axis: number, rank: number): number | undefined {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank ? at : undefined;
}
