import { describe, expect, it, vi } from 'vitest';
import { type Chord, chordText, type KeyPress, matches } from './keys.ts';
import type { Action } from './list.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  metaKey: false,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});
const undo: Chord = { key: 'z', mod: true };
const redo: Chord = { key: 'z', mod: true, shift: true };

describe('matches', () => {
  it('knows the device’s own modifier', () => {
    expect(matches(undo, press('z', { metaKey: true }), true)).toBe(true);
    expect(matches(undo, press('z', { ctrlKey: true }), true)).toBe(false);
    expect(matches(undo, press('z', { ctrlKey: true }), false)).toBe(true);
    expect(matches(undo, press('z'), false)).toBe(false);
  });

  it('tells undo from redo, whatever case the browser gives', () => {
    const event = press('Z', { ctrlKey: true, shiftKey: true });
    expect(matches(undo, event, false)).toBe(false);
    expect(matches(redo, event, false)).toBe(true);
  });
});

it('writes chords as the keyboard prints them', () => {
  expect(chordText(redo, true)).toBe('⇧⌘Z');
  expect(chordText(redo, false)).toBe('Ctrl+Shift+Z');
});

it('gives no two actions the same key', async () => {
  vi.stubGlobal('navigator', { language: 'en', languages: ['en'], userAgent: '' });
  const { actions } = await import('./list.ts');
  const chords = (Object.values(actions) as Action[]).flatMap((a) => a.keys ?? []).map((c) => chordText(c, false));
  expect(new Set(chords).size).toBe(chords.length);
});
