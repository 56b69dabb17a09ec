import type { Estimate } from '../../judge/types.ts';

/** Better or worse only when the whole interval lies on one side of `same`; else the two cannot be told apart. */
export function qualityOf(change: Estimate, same = 0): 'better' | 'worse' | 'neutral' {
  if (change.low > same) return 'better';
  if (change.high < same) return 'worse';
  return 'neutral';
}
