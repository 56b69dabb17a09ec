import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { payloadOf } from '../../onnx/payload.ts';
import { LAZY_BYTES } from '../../onnx/scan.ts';
import { inferFacts } from '../../onnx/shapes/infer.ts';
import { makeTensor, readRaw } from '../../onnx/tensor.ts';
import type { MethodContext } from '../types.ts';
import { mergeCommon } from './common.ts';
import { liftConstants } from './constant-nodes.ts';
import { findDuplicates, mergeDuplicates } from './duplicates.ts';
import { foldConstants } from './fold.ts';
import { fixInputs, freeInitializers, stateOutputs } from './inputs.ts';
import { foldKnown } from './known.ts';
import { keepNames } from './names.ts';
import type { SimplifyOptions } from './options.ts';
import { LOCAL_RULES, type RuleName } from './rules/index.ts';
import type { Rule } from './rules/rule.ts';
import { storeModel } from './store.ts';
import { dropUnused } from './unused.ts';
import { Work } from './work.ts';

/** What one round finds is rarely more than a few others need; the rest is for hostile graphs. */
const MAX_ROUNDS = 8;

type Counts = Map<RuleName, number>;

function add(counts: Counts, rule: RuleName, n: number): number {
  if (n > 0) counts.set(rule, (counts.get(rule) ?? 0) + n);
  return n;
}

/** Lets the local rules at every node, and again at those whose surroundings have changed, until none applies. */
function settle(
  work: Work,
  rules: ReadonlyMap<string, readonly [RuleName, Rule][]>,
  counts: Counts,
  ctx: MethodContext,
): number {
  let applied = 0;
  let seen = 0;
  for (const scope of work.scopes) for (let i = scope.ops.length - 1; i >= 0; i--) work.push(scope.ops[i]);
  for (let op = work.queue.pop(); op; op = work.queue.pop()) {
    op.queued = false;
    if (++seen % 4096 === 0) checkCancelled(ctx.signal);
    for (const [name, rule] of rules.get(op.op) ?? []) {
      if (op.dead) break;
      if (rule.apply(op, work)) applied += add(counts, name, 1);
    }
  }
  return applied;
}

function deadCode(work: Work): number {
  let count = 0;
  for (const scope of work.scopes) {
    for (let i = scope.ops.length - 1; i >= 0; i--) {
      const op = scope.ops[i];
      if (!op.dead && work.removeIfUnwanted(op)) count++;
    }
  }
  return count;
}

function known(work: Work): number {
  let count = 0;
  for (const scope of work.scopes) for (const op of scope.ops) if (!op.dead && foldKnown(op, work)) count++;
  return count;
}

/** Small results of computations are put inside, where shapes are read from. */
async function settleSmall(work: Work): Promise<void> {
  for (const scope of work.scopes) {
    for (const [name, tensor] of scope.constants) {
      const payload = payloadOf(tensor);
      if (!payload || payload.direct || payload.size >= LAZY_BYTES) continue;
      const raw = await readRaw(tensor);
      scope.constants.set(name, makeTensor(name, tensor.dataType!, tensor.dims.map(Number), raw));
    }
  }
}

/**
 * The same function with fewer nodes: constants folded by running them, shapes that are known made constants, layers merged
 * with what only scales and shifts them, and all that does nothing or is there twice dropped. Rules are in `rules/`, each can be
 * switched off, and what each did is noted. Large weights are changed when the result is written.
 * @throws PareError `recipe/not-applicable` when `inputShapes` names no input or does not fit it
 */
export async function simplify(model: Model, options: SimplifyOptions, ctx: MethodContext): Promise<Model> {
  mainGraph(model);
  const on = (rule: RuleName) => options.rules[rule] !== false;
  const rules = new Map<string, [RuleName, Rule][]>();
  for (const [name, rule] of Object.entries(LOCAL_RULES) as [keyof typeof LOCAL_RULES, Rule][]) {
    if (!on(name)) continue;
    for (const op of rule.ops) rules.set(op, [...(rules.get(op) ?? []), [name, rule]]);
  }
  const counts: Counts = new Map();
  let current = freeInitializers(fixInputs(model, options.inputShapes));
  if (current.proto.trainingInfo.length > 0) {
    ctx.note({ step: ctx.step, key: 'skipped-training', values: {} });
    return current;
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    checkCancelled(ctx.signal);
    ctx.onProgress?.({ phase: 'simplify', done: round, total: 0 });
    const work = new Work(current.proto, opsetOf(current));
    if (work.broken) {
      throw new PareError('model/corrupt', `${model.name} defines a value twice.`, {
        hint: 'No runtime loads such a model. Export it again.',
      });
    }
    work.facts = inferFacts(current, { trustStated: false });
    let changes = 0;
    if (on('dead-code')) changes += add(counts, 'dead-code', deadCode(work));
    if (on('constant-nodes')) changes += add(counts, 'constant-nodes', liftConstants(work));
    if (on('shape-arithmetic')) changes += add(counts, 'shape-arithmetic', known(work));
    const merges = on('duplicate-initializers');
    if (merges || on('common-subexpressions')) {
      // The first round leaves layers their own weights, so that they can be merged with what is behind them.
      const twins = await findDuplicates(work, ctx);
      if (on('common-subexpressions'))
        changes += add(counts, 'common-subexpressions', mergeCommon(work, twins, round > 0));
      if (merges && round > 0) changes += add(counts, 'duplicate-initializers', mergeDuplicates(work, twins));
    }
    const limit = options.maxGenerated;
    if (on('constant-folding'))
      changes += add(counts, 'constant-folding', await foldConstants(work, current, limit, ctx));
    changes += settle(work, rules, counts, ctx);
    await settleSmall(work);
    current = storeModel(current, work);
    if (changes === 0 && round > 0) break;
  }
  if (on('unused')) {
    const { model: cleaned, count } = dropUnused(current);
    current = cleaned;
    add(counts, 'unused', count);
  }
  for (const [rule, count] of counts) ctx.note({ step: ctx.step, key: 'simplified', values: { rule, count } });
  return stateOutputs(keepNames(model, current), options.inputShapes);
}
