import type { LayerFacts } from '../types.ts';
import type { QuantizeBlocksOptions } from './options.ts';

/** How one MatMul's weight is cut and rounded. */
export interface MatMulPlan {
  readonly bits: 2 | 4 | 8;
  readonly block: number;
  readonly symmetric: boolean;
}

/** What becomes of the weight of a MatMul of that name; undefined when it stays. */
export function planMatMul(
  node: string,
  dims: readonly number[],
  options: QuantizeBlocksOptions,
): MatMulPlan | undefined {
  const { bits, blockSize, isSymmetric, algorithm, quantFormat } = options;
  const searched = algorithm === 'RTN' || algorithm === 'k_quant';
  if (dims.length < 2 || dims.includes(0) || (dims.length > 2 && (searched || dims.slice(0, -2).some((d) => d !== 1))))
    return undefined;
  if (searched) {
    const own = Object.hasOwn(options.customizedWeightConfig, node) ? options.customizedWeightConfig[node] : undefined;
    const symmetric = own?.scheme ? own.scheme === 'sym' : isSymmetric;
    // k-quant always has zero points.
    return { bits: own?.bits ?? 4, block: own?.groupSize ?? blockSize, symmetric: symmetric && algorithm === 'RTN' };
  }
  if (quantFormat === 'QDQ') {
    // There are no 8-bit blocks in QDQ.
    if (bits !== 4) return undefined;
    return { bits, block: options.channelWisedQuantize ? dims.at(-2)! : blockSize, symmetric: isSymmetric };
  }
  return { bits, block: blockSize, symmetric: isSymmetric };
}

/** Whether a node of an operator and name is among those to quantize. */
export function isWanted(op: string, name: string, options: QuantizeBlocksOptions): boolean {
  if (op !== 'MatMul' && op !== 'Gather') return false;
  if (options.nodesToExclude.includes(name)) return false;
  if (options.algorithm !== 'DEFAULT' && op === 'Gather') return false;
  return options.opTypesToQuantize.includes(op) || (name !== '' && options.nodesToInclude.includes(name));
}

/** Bytes of integers, scales and zero points of a weight of K rows and N columns. */
export function bytesOfMatMul(
  { bits, block, symmetric }: MatMulPlan,
  K: number,
  N: number,
  options: Pick<QuantizeBlocksOptions, 'quantFormat' | 'algorithm'>,
  scaleBytes: number,
): number {
  const blocks = Math.ceil(K / block);
  if (options.quantFormat === 'QDQ' && options.algorithm === 'DEFAULT') {
    return Math.ceil((K * N) / 2) + blocks * N * scaleBytes + (symmetric ? 0 : Math.ceil((blocks * N) / 2));
  }
  const zeros = options.algorithm === 'HQQ' ? 4 * blocks : symmetric ? 0 : Math.ceil((blocks * bits) / 8);
  return N * ((blocks * block * bits) / 8 + blocks * scaleBytes + zeros);
}

/** Bytes of a 4-bit table, and its blocks' grouping along `axis`. */
export function bytesOfTable(
  dims: readonly number[],
  axis: number,
  options: QuantizeBlocksOptions,
  scaleBytes: number,
): number {
  const count = dims.reduce((a, b) => a * b, 1);
  const blocks = (count / dims[axis]) * Math.ceil(dims[axis] / options.blockSize);
  return Math.ceil(count / 2) + blocks * scaleBytes + (options.isSymmetric ? 0 : Math.ceil(blocks / 2));
}

/** `int4 per 32`: what a report and a forecast call it. */
export function nameOfBlocks(bits: number, block: number, symmetric: boolean): string {
  return `${symmetric ? '' : 'u'}int${bits} per ${block}`;
}

/** Bytes of one scale: as wide as the weight's own dtype. */
export function scaleBytesOf(dtype: LayerFacts['dtype']): number {
  return dtype === 'float32' ? 4 : 2;
}
