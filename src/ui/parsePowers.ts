/** Commas between thousands, as both languages of the page write them; else a comma stands where a point would. */
const GROUPED = /^[-+]?[1-9]\d{0,2}(,\d{3})+(?!\d|,)/;

/** A number as `significant` writes it, or as people type it: `1.5e−7`, `1.5E-7`, `0,002`; undefined for anything else. */
export function parsePowers(text: string): number | undefined {
  const signed = text.replace(/\s/g, '').replace(/[−–]/g, '-');
  const plain = GROUPED.test(signed) ? signed.replaceAll(',', '') : signed.replace(',', '.');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}
