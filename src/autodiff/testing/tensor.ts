/** A tensor of the reference: float64, row-major, whatever the dtype of the graph. */
export interface Ref {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** An attribute as the reference reads it. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

/** What an operator computes, written down from its description in ONNX and not from the code under test. */
export type Operator = (inputs: readonly (Ref | undefined)[], attributes: Attributes, outputs: number) => Ref[];

export const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, i) => count(dims.slice(i + 1)));
}

/** Every index of a shape, the last axis fastest. The same array is changed and given again. */
export function* indices(dims: readonly number[]): Generator<number[]> {
  const n = count(dims);
  const at = dims.map(() => 0);
  for (let i = 0; i < n; i++) {
    yield at;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++at[axis] < dims[axis]) break;
      at[axis] = 0;
    }
  }
}

/** A tensor whose elements are a function of their index. */
export function build(dims: readonly number[], f: (at: readonly number[]) => number): Ref {
  const data = new Float64Array(count(dims));
  let i = 0;
  for (const at of indices(dims)) data[i++] = f(at);
  return { dims, data };
}

/** The element at an index. */
export function get(x: Ref, at: readonly number[]): number {
  let flat = 0;
  for (let i = 0; i < x.dims.length; i++) flat = flat * x.dims[i] + at[i];
  return x.data[flat];
}

/** The element at an index of a shape that `x` broadcasts to. */
export function stretched(x: Ref, at: readonly number[]): number {
  const extra = at.length - x.dims.length;
  return get(
    x,
    x.dims.map((d, i) => (d === 1 ? 0 : at[i + extra])),
  );
}

export function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s[i - rank + s.length] ?? 1);
    return sizes.find((d) => d !== 1) ?? 1;
  });
}

export const numbers = (x: Ref | undefined): number[] | undefined => x && Array.from(x.data);
export const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
export const int = (a: Attributes, name: string, fallback: number): number => (a[name] as number) ?? fallback;
export const list = (a: Attributes, name: string): number[] | undefined => a[name] as number[] | undefined;
export const text = (a: Attributes, name: string, fallback: string): string => (a[name] as string) ?? fallback;
