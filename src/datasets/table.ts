import type { ByteSource } from '../base/source.ts';
import { findDelimiter, isHeader, isMissing, LABEL_NAMES, parseCsv, toNumber } from './csv.ts';
import { mismatch, overLimit, unreadable } from './fail.ts';
import { type Answers, answersOf } from './labels.ts';
import { MAX_ARRAY_BYTES, MAX_SAMPLES, MAX_TEXT_BYTES } from './limits.ts';
import type { OpenOptions } from './open.ts';
import { checkIndex } from './stored.ts';
import type { Dataset } from './types.ts';

/** The text of a CSV. @throws PareError `data/unreadable` when it is not UTF-8 text */
export async function readText(source: ByteSource): Promise<string> {
  if (source.size > MAX_TEXT_BYTES) {
    throw overLimit(
      source.name,
      `a table of ${source.size} bytes is too large; the limit is ${MAX_TEXT_BYTES}.`,
      'Save it as .npz.',
    );
  }
  const bytes = await source.read(0, source.size);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw unreadable(source.name, `it is no text: byte ${zero} is zero.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(source.name, 'it is not UTF-8 text.', 'Save the table as CSV in UTF-8.', cause);
  }
}

/**
 * A table of numbers, one sample a row. The label column is `options.labelColumn`, else one named like a label, else
 * the last (without a header: a column of words, or the first when the last never changes). Words become classes in code-point order.
 * @throws PareError `data/unreadable` naming line and column of a missing value or a word among numbers
 */
export async function csvDataset(source: ByteSource, options: OpenOptions): Promise<Dataset> {
  const where = source.name;
  const text = await readText(source);
  const rows = parseCsv(text, findDelimiter(text), where);
  const first = rows.next().value;
  if (!first) throw unreadable(where, 'it is empty.');
  const second = rows.next().value;
  const header = isHeader(first.cells, second?.cells) ? first.cells : undefined;
  const width = first.cells.length;
  const lines: number[] = [];
  const words: string[][] = Array.from({ length: width }, () => []);
  // Two characters make a cell at least, so a first line of a million columns does not by itself claim gigabytes.
  let values = new Float32Array(Math.max(width * 2, Math.min(width * 1024, Math.ceil(text.length / 2))));
  const add = (row: { line: number; cells: string[] }) => {
    if (row.cells.length !== width) {
      throw unreadable(where, `line ${row.line} has ${row.cells.length} columns where the first line has ${width}.`);
    }
    const at = lines.length * width;
    if (at + width > values.length) {
      if (values.byteLength * 2 > MAX_ARRAY_BYTES) throw overLimit(where, `it has too many numbers for a table.`);
      const grown = new Float32Array(values.length * 2);
      grown.set(values);
      values = grown;
    }
    for (let c = 0; c < width; c++) {
      values[at + c] = toNumber(row.cells[c]);
      // A word is kept where it stands; only a label column may hold any.
      if (Number.isNaN(values[at + c])) words[c][lines.length] = row.cells[c];
    }
    lines.push(row.line);
    if (lines.length > MAX_SAMPLES) throw overLimit(where, `it has more than ${MAX_SAMPLES} rows.`);
  };
  if (!header) add(first);
  if (second) add(second);
  for (const row of rows) add(row);
  if (lines.length === 0) throw unreadable(where, 'it has a header and no rows.');
  const table: Table = { where, header, width, lines, words, values: values.subarray(0, lines.length * width) };
  const label = findLabel(table, options);
  return tableDataset(table, label);
}

interface Table {
  where: string;
  header: string[] | undefined;
  width: number;
  lines: number[];
  words: string[][];
  values: Float32Array<ArrayBuffer>;
}

function findLabel(table: Table, options: OpenOptions): number | undefined {
  const { header, width, where, words } = table;
  const asked = options.labelColumn;
  if (asked === null) return undefined;
  if (asked !== undefined) {
    const at = typeof asked === 'number' ? asked : (header?.indexOf(asked) ?? -1);
    if (!Number.isInteger(at) || at < 0 || at >= width) {
      throw unreadable(
        where,
        `it has no column ${asked}.`,
        header ? `Its columns are ${header.slice(0, 20).join(', ')}.` : undefined,
      );
    }
    return at;
  }
  const names = header?.map((h) => h.toLowerCase().trim());
  const named = LABEL_NAMES.map((n) => names?.indexOf(n) ?? -1).find((i) => i >= 0);
  if (named !== undefined) return named;
  // A model that takes exactly as many numbers as there are columns leaves none for a label.
  const dims = options.inputs?.[0]?.dims;
  if (dims?.length === 2 && dims[1] === width) return undefined;
  if (width === 1) return undefined;
  const last = width - 1;
  // One word in a column of numbers is a mistake to report, not a label.
  const allWords = (c: number) => Object.keys(words[c]).length === table.lines.length;
  if (allWords(last)) return last;
  if (allWords(0)) return 0;
  return constantColumn(table, last) && !constantColumn(table, 0) ? 0 : last;
}

function constantColumn({ values, width, lines }: Table, column: number): boolean {
  for (let row = 1; row < lines.length; row++) if (values[row * width + column] !== values[column]) return false;
  return lines.length > 1;
}

function tableDataset(table: Table, label: number | undefined): Dataset {
  const { where, header, width, lines, words, values } = table;
  const count = lines.length;
  const nameOf = (c: number) => (header ? `column ${c + 1} (${header[c]})` : `column ${c + 1}`);
  for (let c = 0; c < width; c++) {
    for (const key in words[c]) {
      const cell = words[c][key];
      if (isMissing(cell)) {
        throw unreadable(
          where,
          `line ${lines[key]}, ${nameOf(c)}: the value is missing ("${cell}").`,
          'Fill it in or remove the row.',
        );
      }
      if (c === label) continue;
      throw unreadable(
        where,
        `line ${lines[key]}, ${nameOf(c)}: "${cell.slice(0, 40)}" is not a number.`,
        'Only the label column may hold words. Encode the others as numbers.',
      );
    }
  }
  const features = label === undefined ? width : width - 1;
  if (features === 0) throw mismatch(where, 'its only column is the label; no features are left.');
  const data = new Float32Array(count * features);
  for (let row = 0, to = 0; row < count; row++) {
    for (let c = 0; c < width; c++) if (c !== label) data[to++] = values[row * width + c];
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]))
      throw unreadable(where, `line ${lines[Math.floor(i / features)]} has a number past float32.`);
  }
  return {
    name: where,
    kind: 'csv',
    count,
    sampleDims: [features],
    bytes: false,
    ...(label === undefined ? {} : labelsOf(table, label, nameOf(label))),
    async read(indices) {
      const out = new Float32Array(indices.length * features);
      for (let i = 0; i < indices.length; i++) {
        checkIndex(indices[i], count, where);
        out.set(data.subarray(indices[i] * features, (indices[i] + 1) * features), i * features);
      }
      return { kind: 'array', dims: [indices.length, features], data: out };
    },
  };
}

/** Numbers as they are; a column with any word in it is all words. */
function labelsOf(
  { where, width, words, values, lines }: Table,
  label: number,
  name: string,
): Answers & { classes?: string[] } {
  const column = Array.from(lines, (_, row) => values[row * width + label]);
  if (words[label].length === 0) return answersOf(column, 1, `${where}, ${name}`, String(lines.length), false);
  const texts = column.map((v, row) => words[label][row] ?? String(v));
  const classes = [...new Set(texts)].sort();
  const index = new Map(classes.map((c, i) => [c, i]));
  return { classes, labels: Int32Array.from(texts, (t) => index.get(t)!) };
}
