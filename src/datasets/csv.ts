import { overLimit, unreadable } from './fail.ts';
import { MAX_COLUMNS } from './limits.ts';

/** One record: its cells, and the line of the file it begins on, from 1. */
export interface CsvRow {
  line: number;
  cells: string[];
}

/**
 * Records of a CSV or TSV (RFC 4180: quotes, doubled quotes, line breaks inside quotes; also LF and CR alone). Empty lines are skipped.
 * @throws PareError `data/unreadable` for a quote that never ends or text after a closing quote
 */
export function* parseCsv(text: string, delimiter: string, where: string): Generator<CsvRow> {
  let line = 1;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const row: CsvRow = { line, cells: [] };
    for (;;) {
      if (text[at] === '"') {
        const from = line;
        let cell = '';
        let start = at + 1;
        for (;;) {
          const end = text.indexOf('"', start);
          if (end < 0) throw unreadable(where, `the quote opened on line ${from} never ends.`);
          cell += text.slice(start, end);
          if (text[end + 1] !== '"') {
            line += countBreaks(text, at, end);
            at = end + 1;
            break;
          }
          cell += '"';
          start = end + 2;
        }
        row.cells.push(cell);
        if (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') {
          throw unreadable(where, `line ${line} has text after a closing quote.`);
        }
      } else {
        let end = at;
        while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++;
        row.cells.push(text.slice(at, end).trim());
        at = end;
      }
      if (row.cells.length > MAX_COLUMNS) throw overLimit(where, `line ${line} has more than ${MAX_COLUMNS} columns.`);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    at++;
    line++;
    if (row.cells.length > 1 || row.cells[0] !== '') yield row;
  }
}

/** Line breaks between two places: CRLF counts once. */
function countBreaks(text: string, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) n++;
  return n;
}

/** The delimiter that the first line has most of outside quotes; a comma where none stands out. */
export function findDelimiter(text: string): string {
  const first = /^[^\r\n]*/.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? '';
  let best = ',';
  for (const candidate of ['\t', ';', '|']) {
    if (first.split(candidate).length > first.split(best).length) best = candidate;
  }
  return best;
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', 'inf', '-inf', '+inf', 'infinity', '-infinity']);

/** Whether a cell stands for no usable number: empty, NA, NaN, ?, Inf. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.toLowerCase());
}

/** A cell as a number; NaN when it is none. Unlike `Number`, refuses '' and 0x10. */
export function toNumber(cell: string): number {
  // Pixels are one to three digits, and a table of images has tens of millions of them.
  if (cell.length === 1) {
    const digit = cell.charCodeAt(0) - 48;
    return digit >= 0 && digit <= 9 ? digit : Number.NaN;
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : Number.NaN;
}

/** What people call a label's column, most telling first. */
export const LABEL_NAMES = ['label', 'labels', 'class', 'target', 'y', 'species', 'category'];

/**
 * Whether a first record names columns: it has a word where the second has a number, and no numbers of its own, unless its only words are names
 * of a label (pandas writes `0,1,2,label`). So `5.1,3x,0` above numbers is a mistake in the data, not a header. Alone, it has only words.
 */
export function isHeader(first: readonly string[], second: readonly string[] | undefined): boolean {
  const word = (cell: string) => !isMissing(cell) && Number.isNaN(toNumber(cell));
  if (!second) return first.every(word);
  if (!first.some((cell, i) => word(cell) && !Number.isNaN(toNumber(second[i] ?? '')))) return false;
  const numbers = first.some((cell) => !Number.isNaN(toNumber(cell)));
  return !numbers || first.filter(word).every((cell) => LABEL_NAMES.includes(cell.toLowerCase()));
}
