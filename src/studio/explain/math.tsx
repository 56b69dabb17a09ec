import { createElement, type ReactNode } from 'react';

/**
 * Formulas as MathML, which browsers lay out and screen readers read without a library. A formula is a list of pieces: text is split into
 * names, numbers and operators; the rest is made by `frac`, `sub`, `sup`, `root` and `sum`.
 */
export type Piece = string | { tag: string; parts: Piece[][] };

const TOKEN = /\p{L}[\p{L}\p{M}\d]*|\d+(?:\.\d+)?|\S/gu;
/** Names of more than one letter are words, upright; MathML does that by itself. */
const NAME = /^\p{L}/u;

const list = (piece: Piece | Piece[]): Piece[] => (Array.isArray(piece) ? piece : [piece]);

/** a over b. */
export const frac = (a: Piece | Piece[], b: Piece | Piece[]): Piece => ({ tag: 'mfrac', parts: [list(a), list(b)] });
/** a with the index b. */
export const sub = (a: Piece | Piece[], b: Piece | Piece[]): Piece => ({ tag: 'msub', parts: [list(a), list(b)] });
/** a to the power b. */
export const sup = (a: Piece | Piece[], b: Piece | Piece[]): Piece => ({ tag: 'msup', parts: [list(a), list(b)] });
/** The square root of a. */
export const root = (a: Piece | Piece[]): Piece => ({ tag: 'msqrt', parts: [list(a)] });
/** a with b under it, as the index of a sum or a minimum. */
export const under = (a: Piece | Piece[], b: Piece | Piece[]): Piece => ({ tag: 'munder', parts: [list(a), list(b)] });

/** What a text is split into: `mi` names, `mn` numbers, `mo` everything else. */
export function tokens(text: string): { tag: 'mi' | 'mn' | 'mo'; text: string }[] {
  return (text.match(TOKEN) ?? []).map((word) => ({
    tag: NAME.test(word) ? 'mi' : /^\d/.test(word) ? 'mn' : 'mo',
    text: word,
  }));
}

function render(pieces: readonly Piece[], path: string): ReactNode[] {
  return pieces.flatMap((piece, i) => {
    const key = `${path}.${i}`;
    if (typeof piece === 'string') {
      return tokens(piece).flatMap((t, j, all) => {
        const token = createElement(t.tag, { key: `${key}.${j}` }, t.text);
        // MathML sets 10 log and 6.02 b without a gap; one belongs after a number that is not the last.
        const gap = t.tag === 'mn' && (all[j + 1]?.tag === 'mi' || (j === all.length - 1 && i < pieces.length - 1));
        return gap ? [token, createElement('mspace', { key: `${key}.${j}s`, width: '0.2em' })] : [token];
      });
    }
    const parts = piece.parts.map((part, j) => createElement('mrow', { key: j }, ...render(part, `${key}.${j}`)));
    return [createElement(piece.tag, { key }, ...parts)];
  });
}

/** One formula on a line of its own. */
export function Formula({ pieces }: { pieces: readonly Piece[] }) {
  return createElement('math', { display: 'block', className: 'explain-math' }, ...render(pieces, 'f'));
}
