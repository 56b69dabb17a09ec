import * as v from 'valibot';
import { RULES, type RuleName } from './rules/index.ts';

const MAX_RANK = 32;
const dim = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const switches = Object.fromEntries(RULES.map((r) => [r, v.optional(v.boolean(), true)])) as Record<
  RuleName,
  v.OptionalSchema<v.BooleanSchema<undefined>, true>
>;

/** Options of `simplify`, every default filled in. */
export const simplifySchema = v.strictObject({
  method: v.literal('simplify'),
  /** Each rule, on unless switched off. */
  rules: v.optional(v.strictObject(switches), {}),
  /** Dims that inputs get for good, by name; null leaves a dim as it is. */
  inputShapes: v.optional(v.record(v.string(), v.pipe(v.array(v.nullable(dim)), v.maxLength(MAX_RANK))), {}),
});

export type SimplifyOptions = v.InferOutput<typeof simplifySchema>;
