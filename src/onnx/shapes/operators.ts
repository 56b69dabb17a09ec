import type { Infer } from './context.ts';
import { contrib } from './ops/contrib.ts';
import { control } from './ops/control.ts';
import { convolution } from './ops/convolution.ts';
import { elementwise } from './ops/elementwise.ts';
import { layout } from './ops/layout.ts';
import { matrix } from './ops/matrix.ts';
import { quantized } from './ops/quantized.ts';
import { reduction } from './ops/reduce.ts';
import { selection } from './ops/select.ts';
import { slices } from './ops/slices.ts';

const groups = [elementwise, layout, slices, convolution, matrix, reduction, selection, quantized, control];
const standard = new Map(groups.flatMap((g) => Object.entries(g)));
const microsoft = new Map([...Object.entries(quantized), ...Object.entries(contrib)]);

/** How to infer an operator of a domain; undefined for those that nothing is known of. */
export function inferenceOf(domain: string, op: string): Infer | undefined {
  if (domain === '' || domain === 'ai.onnx') return standard.get(op);
  return domain === 'com.microsoft' ? microsoft.get(op) : undefined;
}
