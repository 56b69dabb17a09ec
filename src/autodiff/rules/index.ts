import type { NodeProto } from '../../onnx/proto.ts';
import type { Rule } from '../tape.ts';
import { ACTIVATIONS } from './activations.ts';
import { conv } from './conv.ts';
import { convTranspose } from './convTranspose.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { GATHERING } from './gather.ts';
import { LAYOUT } from './layout.ts';
import { MATRIX } from './matrix.ts';
import { NORMALIZATION } from './normalize.ts';
import { POOLING } from './pool.ts';
import { QUANTIZED } from './quantize.ts';
import { REDUCTIONS } from './reduce.ts';
import { resize } from './resize.ts';

/** Operators whose results do not move with their inputs, or only in jumps: nothing flows through them. */
const NONE = [
  ...['Shape', 'Size', 'ArgMax', 'ArgMin', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And'],
  ...[
    'Or',
    'Xor',
    'IsNaN',
    'IsInf',
    'NonZero',
    'OneHot',
    'Sign',
    'Floor',
    'Ceil',
    'Round',
    'EyeLike',
    'ConstantOfShape',
  ],
];

const RULES: ReadonlyMap<string, Rule | 'none'> = new Map<string, Rule | 'none'>([
  ...NONE.map((op): [string, 'none'] => [op, 'none']),
  ...Object.entries(ELEMENTWISE),
  ...Object.entries(ACTIVATIONS),
  ...Object.entries(MATRIX),
  ...Object.entries(REDUCTIONS),
  ...Object.entries(LAYOUT),
  ...Object.entries(GATHERING),
  ...Object.entries(POOLING),
  ...Object.entries(NORMALIZATION),
  ...Object.entries(QUANTIZED),
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
  ['Resize', resize],
]);

/** The rule of a node's operator; `none` where no gradient flows; undefined when there is no rule for it. */
export function ruleOf(node: NodeProto): Rule | 'none' | undefined {
  return node.domain === '' || node.domain === 'ai.onnx' ? RULES.get(node.opType) : undefined;
}
