/** A key with its modifiers; `mod` is ⌘ on Apple's systems and Ctrl elsewhere. */
export interface Chord {
  key: string;
  mod?: boolean;
  shift?: boolean;
}

export type KeyPress = Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey'>;

/** Whether this device says ⌘. */
export const isApple = (): boolean => /Mac|iP(hone|ad|od)/.test(navigator.userAgent);

/** Whether a key press is this chord, no more and no less. */
export function matches(chord: Chord, event: KeyPress, apple: boolean): boolean {
  const mod = apple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (chord.mod ? !mod : event.metaKey || event.ctrlKey) return false;
  if (event.altKey || event.shiftKey !== (chord.shift ?? false)) return false;
  return event.key.toLowerCase() === chord.key.toLowerCase();
}

/** A chord as the keyboard prints it: `⇧⌘Z`, `Ctrl+Shift+Z`. */
export function chordText(chord: Chord, apple: boolean): string {
  const key = chord.key === 'Enter' ? (apple ? '↩' : 'Enter') : chord.key.toUpperCase();
  if (apple) return `${chord.shift ? '⇧' : ''}${chord.mod ? '⌘' : ''}${key}`;
  return [chord.mod && 'Ctrl', chord.shift && 'Shift', key].filter(Boolean).join('+');
}

/** Whether the person is writing text, whose own undo and keys come first. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest('textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])') !== null;
}
