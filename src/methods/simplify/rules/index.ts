import { batchNorm } from './batch-norm.ts';
import { cast } from './cast.ts';
import { dropout, identity } from './identity.ts';
import { noOp } from './no-op.ts';
import { pad } from './pad.ts';
import { reshape, reshapeTarget } from './reshape.ts';
import type { Rule } from './rule.ts';
import { scaleBias } from './scale-bias.ts';
import { slice } from './slice.ts';
import { transpose } from './transpose.ts';
import { zeroState } from './zero-state.ts';

/** Rules that look at one node and what is around it, under the names by which they are switched and reported. */
export const LOCAL_RULES = {
  identity,
  dropout,
  'no-op': noOp,
  'batch-norm': batchNorm,
  'scale-bias': scaleBias,
  pad,
  transpose,
  reshape,
  cast,
  slice,
  'zero-state': zeroState,
  'shape-arithmetic': reshapeTarget,
} as const satisfies Record<string, Rule>;

/** Rules that look at a graph as a whole. */
export const GLOBAL_RULES = [
  'constant-nodes',
  'constant-folding',
  'duplicate-initializers',
  'common-subexpressions',
  'dead-code',
  'unused',
] as const;

export type RuleName = keyof typeof LOCAL_RULES | (typeof GLOBAL_RULES)[number];

export const RULES: readonly RuleName[] = [
  ...(Object.keys(LOCAL_RULES) as (keyof typeof LOCAL_RULES)[]),
  ...GLOBAL_RULES,
];
