import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useWindowEvent } from '../../ui/hooks.ts';
import { studio, useStudio } from '../state/store.ts';
import { chordText, isApple, isTyping, matches } from './keys.ts';
import { type Action, actions } from './list.ts';

/** An action as a button needs it: its words, its key, whether it is possible now. */
export function useAction(action: Action) {
  const { t } = useTranslation();
  const enabled = useStudio((s) => action.enabled?.(s) ?? true);
  const shortcut = action.keys?.[0] && chordText(action.keys[0], isApple());
  return { label: t(action.label), shortcut, isDisabled: !enabled, onPress: action.run };
}

/** Listens for the keys of all actions. */
export function useHotkeys(): void {
  const onKey = useCallback((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.repeat) return;
    const apple = isApple();
    for (const action of Object.values(actions) as Action[]) {
      if (!action.keys?.some((chord) => matches(chord, event, apple))) continue;
      // Text fields have an undo of their own.
      if (isTyping(event.target) && (action.id === 'undo' || action.id === 'redo')) return;
      // The browser's own meaning (saving the page, opening a file as a page) would be a trap even when there is nothing to do.
      event.preventDefault();
      if (action.enabled?.(studio.getState()) ?? true) action.run();
      return;
    }
  }, []);
  useWindowEvent('keydown', onKey);
}
