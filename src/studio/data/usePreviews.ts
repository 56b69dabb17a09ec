import { useEffect, useState } from 'react';
import type { Preview } from '../../../workers/contract.ts';
import { withData } from '../state/dataSlice.ts';
import { studio } from '../state/store.ts';
import type { StudioState } from '../state/types.ts';
import { previewIndices } from './preprocess.ts';

/** How many samples are shown at once. */
export const SHOWN = 8;

/** Samples as the model will see them. `undefined` while they are made, an empty list when they cannot be. */
export function usePreviews(data: NonNullable<StudioState['data']>, page: number): readonly Preview[] | undefined {
  const [previews, setPreviews] = useState<readonly Preview[]>();
  const { count } = data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other files or another preprocessing make other previews
  useEffect(() => {
    let wanted = true;
    if (data.problem || count === 0) {
      setPreviews([]);
      return;
    }
    withData(studio.getState, (r) => r.preview(previewIndices(count, SHOWN, page))).then(
      (made) => wanted && setPreviews(made),
      // What is wrong with the data is said by its own fault; here there is just nothing to see.
      () => wanted && setPreviews([]),
    );
    return () => {
      wanted = false;
    };
  }, [data.problem, count, page, data.files, data.preprocess]);
  return previews;
}
