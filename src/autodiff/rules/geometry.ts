import { attrInt, attrInts, attrString } from '../../onnx/attributes.ts';
import { range } from '../arithmetic.ts';
import type { Call } from '../tape.ts';

/** How a window moves over the spatial axes, with every default filled in. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly group: number;
}

/**
 * The geometry of Conv and the pools.
 * @param spatial dims of the input @param out dims of the output, spatial only
 */
export function geometryOf(
  c: Pick<Call, 'node'>,
  kernel: readonly number[],
  spatial: readonly number[],
  out: readonly number[],
): Geometry {
  const ones = kernel.map(() => 1);
  const strides = attrInts(c.node, 'strides') ?? ones;
  const dilations = attrInts(c.node, 'dilations') ?? ones;
  const auto = attrString(c.node, 'auto_pad', 'NOTSET');
  const pads = attrInts(c.node, 'pads') ?? [...ones, ...ones].map(() => 0);
  let before = pads.slice(0, kernel.length);
  let after = pads.slice(kernel.length);
  if (auto === 'VALID') before = after = kernel.map(() => 0);
  else if (auto !== 'NOTSET') {
    const total = kernel.map((k, i) =>
      Math.max(0, (out[i] - 1) * strides[i] + (k - 1) * dilations[i] + 1 - spatial[i]),
    );
    const small = total.map((n) => n >> 1);
    const large = total.map((n, i) => n - small[i]);
    before = auto === 'SAME_UPPER' ? small : large;
    after = auto === 'SAME_UPPER' ? large : small;
  }
  return { kernel, strides, dilations, before, after, group: attrInt(c.node, 'group', 1) };
}

/** The attributes of Conv for a geometry. */
export function convAttributes(g: Geometry): Record<string, number | readonly number[]> {
  return {
    kernel_shape: g.kernel,
    strides: g.strides,
    dilations: g.dilations,
    pads: [...g.before, ...g.after],
    group: g.group,
  };
}

/** The indices of a kernel's elements, the last axis fastest. */
export function positions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((all, n) => all.flatMap((at) => range(n).map((k) => [...at, k])), [[]]);
}
