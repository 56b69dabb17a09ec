/** What a row is sorted by: numbers before words, words by the locale, and what is missing or NaN always last. */
export type SortValue = number | string | undefined;

export interface Sort {
  column: string;
  direction: 'ascending' | 'descending';
}

const missing = (value: SortValue): boolean => value === undefined || Number.isNaN(value);

/** Rows in order, as a new array. Equal rows keep their order, in both directions. */
export function sortRows<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => SortValue,
  direction: Sort['direction'],
): Row[] {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const sign = direction === 'ascending' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, value: keyOf(row) }));
  keyed.sort((a, b) => {
    if (missing(a.value) || missing(b.value)) return Number(missing(a.value)) - Number(missing(b.value));
    if (typeof a.value === 'number' && typeof b.value === 'number')
      return a.value === b.value ? 0 : sign * (a.value < b.value ? -1 : 1);
    if (typeof a.value !== typeof b.value) return typeof a.value === 'number' ? -1 : 1;
    return sign * collator.compare(String(a.value), String(b.value));
  });
  return keyed.map((entry) => entry.row);
}
