import { useMemo } from 'react';
import { originalBytes } from '../current.ts';
import { fileBytes } from '../forecast/bytes.ts';
import { plansOf } from '../forecast/plans.ts';
import { useStudio } from '../state/store.ts';

/** Bytes that the recipe leads to, foretold from the sketches; undefined when asked for nothing or when a step has no honest forecast. */
export function useForecastBytes(wanted: boolean): number | undefined {
  const layers = useStudio((s) => s.model?.layers);
  const recipe = useStudio((s) => s.recipe);
  const original = useStudio(originalBytes);
  return useMemo(() => {
    if (!wanted || !layers) return undefined;
    const { plans, unknownFrom } = plansOf(layers, recipe);
    return unknownFrom ? undefined : fileBytes(original, plans, recipe);
  }, [wanted, layers, recipe, original]);
}
