import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Kind } from './kinds.ts';

/** What the picture shows; nothing here changes a result. */
export interface PictureView {
  /** Draws all values even where a few far ones squeeze the rest into some bars. */
  fullRange: boolean;
  /** What a person wants to see of weights, where there is that. */
  kind?: Kind;
}

export const pictureView = createStore<PictureView>(() => ({ fullRange: false }));

/** A part of the picture's view, for components. */
export function usePictureView<T>(select: (v: PictureView) => T): T {
  return useStore(pictureView, select);
}
