import * as v from 'valibot';
import { KiB } from '../../base/limits.ts';
import { RULES, type RuleName } from './rules/index.ts';

const MAX_RANK = 32;
/** Bytes that a constant may take which is computed from next to nothing: masks and position tables from their shapes. */
export const MAX_GENERATED = { min: 0, max: 2 ** 31 - 1, default: 64 * KiB } as const;
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
  /** The largest constant in bytes that folding may make of fewer bytes; larger ones stay computed. */
  maxGenerated: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(MAX_GENERATED.min), v.maxValue(MAX_GENERATED.max)),
    MAX_GENERATED.default,
  ),
  /** Dims that inputs get for good, by name; null leaves a dim as it is. */
  inputShapes: v.optional(v.record(v.string(), v.pipe(v.array(v.nullable(dim)), v.maxLength(MAX_RANK))), {}),
});

export type SimplifyOptions = v.InferOutput<typeof simplifySchema>;
