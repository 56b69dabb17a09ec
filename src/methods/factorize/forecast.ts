import type { LayerPlan } from '../types.ts';
import { decide, factorBytes, overheadOf } from './decide.ts';
import type { FactorizeOptions } from './options.ts';

/** Ranks by energy are known once the singular values are, which no sketch tells. */
export function isForeseen(options: FactorizeOptions): boolean {
  return options.energy === undefined && Object.values(options.layers).every((own) => own.energy === undefined);
}

/** Bytes are exact; what is lost depends on the singular values. */
export function forecastFactorize(plans: LayerPlan[], options: FactorizeOptions): LayerPlan[] {
  return plans.map((plan) => {
    const { facts } = plan;
    // What is encoded already is no initializer of floats any more.
    if (plan.quantizer || !facts.sketch) return plan;
    const d = decide(facts, options);
    if (d.kind !== 'rank') return plan;
    return {
      ...plan,
      bytes: factorBytes(facts, d.cut, d.rank),
      overhead: (plan.overhead ?? 0) + overheadOf(facts, d.cut),
      encoding: encodingOf(d.rank, d.cut.full),
      lost: { zeros: Number.NaN },
      remade: true,
    };
  });
}

/** For people: `rank 32 of 128`. */
export const encodingOf = (rank: number, full: number) => `rank ${rank} of ${full}`;
