import * as v from 'valibot';
import type { Model } from '../../onnx/model.ts';
import type { NodeProto } from '../../onnx/proto.ts';
import { modelBytes } from '../../onnx/write.ts';
import { openSession } from '../../runtime/session.ts';
import { testContext } from '../testing.ts';
import type { MethodContext, StepNote } from '../types.ts';
import { simplify } from './apply.ts';
import { type SimplifyOptions, simplifySchema } from './options.ts';
import type { RuleName } from './rules/index.ts';

/** For tests: a context whose sessions are real ones. */
export function runningContext(): MethodContext & { notes: StepNote[] } {
  return { ...testContext(), openSession: async (model, options) => openSession(await modelBytes(model), options) };
}

/** For tests: `simplify` with its defaults, and how often each rule applied. */
export async function simplified(
  model: Model,
  options: Partial<Pick<SimplifyOptions, 'inputShapes' | 'maxGenerated'>> & {
    rules?: Partial<Record<RuleName, boolean>>;
  } = {},
): Promise<{ model: Model; counts: Record<string, number>; notes: StepNote[] }> {
  const ctx = runningContext();
  const all = v.parse(simplifySchema, { method: 'simplify', ...options });
  const result = await simplify(model, all, ctx);
  const done = ctx.notes.filter((n) => n.key === 'simplified');
  const counts = Object.fromEntries(done.map((n) => [n.values.rule, Number(n.values.count)]));
  return { model: result, counts, notes: ctx.notes };
}

/** For tests: operators in order. */
export function opsOf(model: Model): string[] {
  return (model.proto.graph?.node ?? []).map((n: NodeProto) => n.opType);
}
