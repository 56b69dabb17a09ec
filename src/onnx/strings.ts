import { decodeText } from './text.ts';

const SLOTS = 1 << 15;
/** Longer strings are rarely met twice. */
const LONGEST = 64;

/**
 * Reads strings and gives the same string for the same bytes where it remembers them: a value's name appears where it is made and
 * wherever it is used, and an operator's name in every node.
 */
export class Strings {
  private readonly slots: (string | undefined)[] = new Array(SLOTS);
  /** Bytes of memory that the last string read has added, by estimate. */
  cost = 0;

  read(bytes: Uint8Array, at: number, length: number): string {
    this.cost = 0;
    if (length === 0) return '';
    if (length > LONGEST) return this.fresh(bytes, at, length);
    let hash = length;
    for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.slots[slot];
    if (known !== undefined && same(known, bytes, at, length)) return known;
    const text = this.fresh(bytes, at, length);
    this.slots[slot] = text;
    return text;
  }

  private fresh(bytes: Uint8Array, at: number, length: number): string {
    const text = decodeText(bytes.subarray(at, at + length));
    // As many characters as bytes means ASCII, which takes one byte a character in memory; others take two.
    this.cost = 32 + (text.length === length ? length : 2 * text.length);
    return text;
  }
}

/** Whether `text` is these bytes, which only ASCII can be told to be at a glance. */
function same(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] > 0x7f || text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}
