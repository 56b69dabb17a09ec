import { checkCancelled } from '../../base/progress.ts';
import type { Model } from '../../onnx/model.ts';
import { listWeights } from '../../onnx/weights.ts';
import type { MethodContext } from '../types.ts';
import { goneChannels, keptCounts, perCost, rankChannels, shareLeft } from './choose.ts';
import { correctTakers } from './correct/correct.ts';
import { planOf } from './describe.ts';
import { type Analysis, analyse } from './groups.ts';
import { byActivations } from './importance/activations.ts';
import { byTaylor } from './importance/taylor.ts';
import { byScale, byWeights } from './importance/weights.ts';
import type { PruneChannelsOptions } from './options.ts';
import type { ChannelPlan } from './plan.ts';
import { enforceRemainders } from './remainders.ts';
import { reportSlices } from './report.ts';
import { cutChannels } from './surgery.ts';

/** How much is missed by when another note is due: rounding to whole channels misses by less. */
const MISSED = 0.02;
/** More layers than this are not listed one by one. */
const MAX_NOTES = 100;

async function importanceOf(
  analysis: Analysis,
  plan: ChannelPlan,
  options: PruneChannelsOptions,
  ctx: MethodContext,
): Promise<Float64Array> {
  switch (options.importance) {
    case 'taylor':
      return perCost(plan, await byTaylor(analysis, ctx), options);
    case 'activation':
      return byActivations(analysis, options.correction !== 'none', ctx);
    case 'batch-norm':
      return byScale(analysis, ctx);
    default:
      return byWeights(analysis, options.importance, ctx);
  }
}

function noteLeft(analysis: Analysis, plan: ChannelPlan, options: PruneChannelsOptions, ctx: MethodContext): void {
  const { step } = ctx;
  for (const { id, reason, node } of plan.left.slice(0, MAX_NOTES)) {
    ctx.note({ step, key: 'channels-left', values: { tensor: id, reason, node } });
  }
  const known = new Set(analysis.groups.map((g) => g.id));
  for (const tensor of Object.keys(options.layers)) {
    if (!known.has(tensor)) ctx.note({ step, key: 'unknown-group', values: { tensor } });
  }
}

/**
 * Removes whole channels, attention heads and groups, with all that makes, carries and takes them, until the target is met: the
 * least important ones. The graph that is left is an ordinary one, smaller and faster on any runtime. With data the layers that took
 * the channels are fitted to what they gave before. Weights are sliced when the result is written.
 * @throws PareError `data/missing` for importances that need data, `model/corrupt`, those of the runtime
 */
export async function pruneChannels(model: Model, options: PruneChannelsOptions, ctx: MethodContext): Promise<Model> {
  checkCancelled(ctx.signal);
  const analysis = analyse(model);
  const plan = planOf(analysis);
  noteLeft(analysis, plan, options, ctx);
  if (plan.groups.length === 0) return model;
  const scores = await importanceOf(analysis, plan, options, ctx);
  const { order, groups } = rankChannels(scores, analysis.groupOf);
  const kept = keptCounts(plan, groups, options);
  const gone = goneChannels(order, analysis.groupOf, plan, kept);
  enforceRemainders(analysis, gone, scores);
  const left = plan.groups.map((g, i) => {
    let n = g.channels;
    for (let c = 0; c < g.channels; c++) n -= gone[analysis.groups[i].start + c];
    return n;
  });
  const share = shareLeft(plan, left, options.target);
  if (share > 1 - options.reduction + MISSED) {
    const percent = (x: number) => Math.round(100 * x);
    const values = { target: options.target, asked: percent(options.reduction), reached: percent(1 - share) };
    ctx.note({ step: ctx.step, key: 'target-missed', values });
  }
  const cut = cutChannels(analysis, gone);
  if (cut.tensors.size === 0) return model;
  const corrected = options.correction === 'none' || !ctx.data ? cut : await correctTakers(model, cut, analysis, ctx);
  return reportSlices(corrected, listWeights(model.proto), ctx);
}

/**
 * What there is to cut, and the group of every channel from the least important channel to the most: all that decides how many
 * channels each group keeps (`keptCounts`), so that the page can follow its sliders by itself.
 * @throws PareError as `pruneChannels`
 */
export async function channelRanking(
  model: Model,
  options: PruneChannelsOptions,
  ctx: MethodContext,
): Promise<{ plan: ChannelPlan; order: Int32Array }> {
  const analysis = analyse(model);
  const plan = planOf(analysis);
  if (plan.groups.length === 0) return { plan, order: new Int32Array(0) };
  const scores = await importanceOf(analysis, plan, options, ctx);
  return { plan, order: rankChannels(scores, analysis.groupOf).groups };
}
