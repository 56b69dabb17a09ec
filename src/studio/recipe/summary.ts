import type { TFunction } from 'i18next';
import { type DistillOptions, widthOf } from '../../methods/distill/options.ts';
import type { EqualizeOptions } from '../../methods/equalize/options.ts';
import type { FactorizeOptions } from '../../methods/factorize/options.ts';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import { groupOf, type PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { QuantizeBlocksOptions } from '../../methods/quantize-blocks/options.ts';
import type { QuantizeDynamicOptions } from '../../methods/quantize-dynamic/options.ts';
import type { QuantizeStaticOptions } from '../../methods/quantize-static/options.ts';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import type { Formats } from '../i18n/useFormat.ts';

const listed = (parts: (string | false)[], t: TFunction): string =>
  parts.filter(Boolean).join(t('recipe.summary.comma'));

const apart = (layers: Readonly<Record<string, unknown>>, t: TFunction): string | false => {
  const n = Object.keys(layers).length;
  return n > 0 && t('recipe.summary.own', { count: n, n });
};

/** `60 %`, `|w| < 0.021, 2 layers apart`, `2:4`, `80 %, Taylor` */
export function pruneSummary(step: PruneWeightsOptions, t: TFunction, format: Formats): string {
  const group = groupOf(step.pattern);
  const measured = step.importance !== 'magnitude' && t(`controls.prune.importances.${step.importance}`);
  const what = group
    ? `${group.n}:${group.m}`
    : step.threshold !== undefined
      ? measured
        ? t('recipe.summary.thresholdOf', { importance: measured, value: format.significant(step.threshold) })
        : t('recipe.summary.threshold', { value: format.significant(step.threshold) })
      : format.percent(step.sparsity ?? 0, percentDigits(step.sparsity ?? 0));
  const scope = { global: false, layer: t('recipe.summary.perLayer'), output: t('recipe.summary.perOutput') } as const;
  const within = !group && scope[step.scope];
  const named = (group || step.threshold === undefined) && measured;
  return listed([t('recipe.summary.prune', { what }), named, within, apart(step.layers, t)], t);
}

/** `30 % fewer MACs, within a layer, fitted` */
export function channelsSummary(step: PruneChannelsOptions, t: TFunction, format: Formats): string {
  const share = format.percent(step.reduction, percentDigits(step.reduction));
  const what = t('recipe.summary.channels', { share, what: t(`controls.channels.targets.${step.target}`) });
  const within = step.ranking === 'uniform' && t('recipe.summary.perLayer');
  const fitted = step.correction !== 'none' && t('recipe.summary.fitted');
  const groups = Object.keys(step.layers).length;
  return listed([what, within, fitted, groups > 0 && t('recipe.summary.ownGroups', { count: groups, n: groups })], t);
}

/** `25 % of the rank, spatial` */
export function factorizeSummary(step: FactorizeOptions, t: TFunction, format: Formats): string {
  const share = step.energy ?? step.rank ?? 0;
  const value = format.percent(share, percentDigits(share));
  const kept = t(step.energy === undefined ? 'recipe.summary.ofRank' : 'recipe.summary.ofEnergy', { value });
  const scheme = step.scheme === 'spatial' && lower(t('controls.factorize.schemes.spatial'));
  return listed([kept, scheme, apart(step.layers, t)], t);
}

/** Whole percents without a digit after the point. */
const percentDigits = (share: number): number => (Math.abs(share * 100 - Math.round(share * 100)) < 1e-9 ? 0 : 1);

/** `4 bits, symmetric, per channel` */
export function quantizeSummary(step: QuantizeWeightsOptions, t: TFunction): string {
  if (step.bits === 16) return listed([t('recipe.summary.float16'), apart(step.layers, t)], t);
  const grain = {
    tensor: t('controls.quantize.perTensor'),
    channel: t('controls.quantize.perChannel'),
    block: t('controls.quantize.perBlock', { n: step.blockSize }),
  }[step.granularity];
  const scheme = t(`controls.quantize.schemes.${step.scheme}`);
  const bits = t('recipe.summary.bits', { count: step.bits, n: step.bits });
  return listed([bits, lower(scheme), grain, apart(step.layers, t)], t);
}

/** `even channels, biases corrected for 8 bits` */
export function equalizeSummary(step: EqualizeOptions, t: TFunction): string {
  const corrected =
    step.biasCorrection !== 'none' && t('recipe.summary.corrected', { count: step.weightBits, n: step.weightBits });
  return listed([t('recipe.summary.equalize'), corrected], t);
}

/** `narrower copy 50 %, 10 epochs`, `other.onnx, 10 epochs` */
export function distillSummary(step: DistillOptions, t: TFunction, format: Formats): string {
  const name = step.model?.name ?? lower(t(`controls.distill.students.${step.student}`));
  const whole = step.student === 'compressed' || step.student === 'model';
  const student = whole ? name : `${name} ${format.percent(widthOf(step), 0)}`;
  const long =
    step.steps === undefined
      ? t('recipe.summary.distill', { student, n: step.epochs })
      : t('recipe.summary.distillSteps', { student, n: step.steps });
  const rounding = step.quantization && t('recipe.summary.rounding', { n: step.quantization.bits });
  return listed([long, rounding ?? false, apart(step.layers, t)], t);
}

/** `4 bits, asymmetric, per 128` */
export function blocksSummary(step: QuantizeBlocksOptions, t: TFunction): string {
  const bits = t('recipe.summary.bits', { count: step.bits, n: step.bits });
  const scheme = lower(t(`controls.quantize.schemes.${step.isSymmetric ? 'symmetric' : 'asymmetric'}`));
  return listed([bits, scheme, t('controls.quantize.perBlock', { n: step.blockSize }), apart(step.layers, t)], t);
}

/** `dynamic int8, per channel` */
export function dynamicSummary(step: QuantizeDynamicOptions, t: TFunction): string {
  const grain = step.perChannel && t('controls.quantize.perChannel');
  return listed([t('recipe.summary.dynamic'), grain, apart(step.layers, t)], t);
}

/** `static QUInt8/QInt8, per channel, MinMax` */
export function staticSummary(step: QuantizeStaticOptions, t: TFunction): string {
  const types = `${step.activationType}/${step.weightType}`;
  const grain = step.perChannel && t('controls.quantize.perChannel');
  return listed([t('recipe.summary.static', { what: types }), grain, step.calibrateMethod, apart(step.layers, t)], t);
}

/** `Symmetric` inside a sentence; names that begin with a small letter stay. */
const lower = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);
