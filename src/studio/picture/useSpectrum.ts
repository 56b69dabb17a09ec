import { useEffect, useState } from 'react';
import type { PareErrorData } from '../../base/errors.ts';
import { decideOpen } from '../../methods/factorize/decide.ts';
import type { FactorizeOptions } from '../../methods/factorize/options.ts';
import type { Spectrum } from '../../methods/factorize/spectrum.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { askSoon, isReached } from '../bridge/asking.ts';
import { useStudio } from '../state/store.ts';

/** Singular values take a time of this side's cube, half a second or so for this: larger ones are computed when asked. */
const AT_ONCE = 512;

/** The spectrum, or what it waits for: a run of the steps before, to be asked for, or the computation. */
export type SpectrumStatus =
  | { at: 'found'; spectrum: Spectrum | undefined }
  | { at: 'failed'; fault: PareErrorData }
  | { at: 'after-run' | 'unasked' | 'running' };

/** The singular values of a layer at a step that factorizes it; anew when something changes that decides them. */
export function useSpectrum(
  index: number,
  step: FactorizeOptions,
  layer: LayerFacts,
): { status: SpectrumStatus; compute: () => void } {
  const recipe = useStudio((s) => s.recipe);
  const data = useStudio((s) => s.data);
  const spectrum = useStudio((s) => s.spectrum);
  const reached = useStudio((s) => isReached(s.recipe, index, s.resultOf));
  const [found, setFound] = useState<{ key: string; status: SpectrumStatus }>();
  const [wanted, setWanted] = useState<string>();

  const d = decideOpen(layer, step);
  const cut = d.kind === 'skip' ? undefined : d.cut;
  // What decides it: the steps before, and how the weight is cut. How much is kept is the page's own arithmetic.
  const key = JSON.stringify([recipe.seed, recipe.steps.slice(0, index), layer.id, cut?.kind]);
  const due = reached && ((cut?.full ?? 0) <= AT_ONCE || wanted === key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what of the recipe matters; other data asks anew
  useEffect(() => {
    if (!due) return undefined;
    return askSoon(
      (task) => spectrum(index, layer.id, task),
      (answer) => setFound({ key, status: { at: 'found', spectrum: answer } }),
      (fault) => setFound({ key, status: { at: 'failed', fault } }),
    );
  }, [key, due, data, spectrum]);

  const status: SpectrumStatus =
    found?.key === key ? found.status : { at: !reached ? 'after-run' : due ? 'running' : 'unasked' };
  return { status, compute: () => setWanted(key) };
}
