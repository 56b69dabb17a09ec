/** Numbers as people read them: units, honest precision, a real minus sign, the reader's locale. Every function is pure and cheap. */

export type Locale = 'en' | 'zh-CN' | (string & {});

const cache = new Map<string, Intl.NumberFormat>();

function formatter(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, options);
    cache.set(key, found);
  }
  return found;
}

/** Typographic minus (U+2212), never the hyphen, and never a negative zero. */
const minus = (text: string): string => (/[1-9∞]/.test(text) ? text.replace('-', '−') : text.replace('-', ''));

const notFinite = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '∞';
  if (value === Number.NEGATIVE_INFINITY) return '−∞';
  return undefined;
};

/** A fixed number of digits after the point. */
export function fixed(value: number, digits: number, locale: Locale = 'en'): string {
  return (
    notFinite(value) ??
    minus(formatter(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value))
  );
}

/** `digits` significant digits; scientific (`1.2e−7`) below 1e−4 and from 1e7, where a run of zeros is read wrongly. */
export function significant(value: number, digits = 3, locale: Locale = 'en'): string {
  const odd = notFinite(value);
  if (odd !== undefined) return odd;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${minus(formatter(locale, { maximumFractionDigits: digits - 1 }).format(Number(mantissa)))}e${exponent.replace('+', '').replace('-', '−')}`;
  }
  return minus(formatter(locale, { maximumSignificantDigits: digits }).format(value));
}

/** A whole number with its separators: `431,080`. */
export function integer(value: number, locale: Locale = 'en'): string {
  return notFinite(value) ?? minus(formatter(locale, { maximumFractionDigits: 0 }).format(value));
}

const scaled = (value: number, units: readonly string[], locale: Locale, gap: string): string => {
  const odd = notFinite(value);
  if (odd !== undefined) return odd;
  let size = value;
  let unit = 0;
  // 999.5 rounds to 1000 at three digits, which belongs to the next unit.
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const number =
    unit === 0
      ? formatter(locale, { maximumFractionDigits: 0 }).format(size)
      : formatter(locale, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 }).format(size);
  const name = units[unit];
  return name === '' ? minus(number) : `${minus(number)}${gap}${name}`;
};

/** Bytes in decimal units to three digits: `812 B`, `241 kB`, `1.73 MB` (1 kB = 1000 B, as file managers and disks count). */
export function bytes(value: number, locale: Locale = 'en'): string {
  return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB'], locale, ' ');
}

/** A count to three digits: `812`, `431 k`, `1.20 M`, `7.00 G`. Latin SI letters in both languages, as model cards write them. */
export function count(value: number, locale: Locale = 'en'): string {
  return scaled(value, ['', 'k', 'M', 'G', 'T'], locale, ' ');
}

/** A count on an axis, as short as it goes: `600`, `3 k`, `1.5 M`. */
export function countTick(value: number, locale: Locale = 'en'): string {
  const [size, unit] = value >= 1e9 ? [1e9, ' G'] : value >= 1e6 ? [1e6, ' M'] : value >= 1e3 ? [1e3, ' k'] : [1, ''];
  return `${significant(value / size, 3, locale)}${unit}`;
}

/** A share 0…1 as percent: `98.7 %`. */
export function percent(share: number, digits = 1, locale: Locale = 'en'): string {
  return notFinite(share) ?? `${fixed(share * 100, digits, locale)} %`;
}

/** A signed number: `+0.2`, `−0.2`, `0.0` when it rounds to nothing. */
export function signed(value: number, digits = 1, locale: Locale = 'en'): string {
  const text = fixed(value, digits, locale);
  return value > 0 && /[1-9∞]/.test(text) ? `+${text}` : text;
}

/** A change between two shares 0…1 in percentage points, with its half interval when known: `−0.2 ± 0.2 pp`. */
export function points(change: number, half?: number, digits = 1, locale: Locale = 'en'): string {
  const uncertain = half === undefined ? '' : ` ± ${fixed(Math.abs(half) * 100, digits, locale)}`;
  return `${signed(change * 100, digits, locale)}${uncertain} pp`;
}

/** Decibels: `38.2 dB`; an error of nothing is `∞ dB`. */
export function decibels(value: number, digits = 1, locale: Locale = 'en'): string {
  return `${fixed(value, digits, locale)} dB`;
}

/** A time span given in milliseconds, to three digits: `0.412 ms`, `3.10 ms`, `1.20 s`; from two minutes `3 min 20 s`. */
export function duration(ms: number, locale: Locale = 'en'): string {
  const odd = notFinite(ms);
  if (odd !== undefined) return `${odd} ms`;
  const three = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  if (Math.abs(ms) < 999.5) return `${minus(formatter(locale, three).format(ms))} ms`;
  const seconds = ms / 1000;
  if (Math.abs(seconds) < 119.5) return `${minus(formatter(locale, three).format(seconds))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.trunc(whole / 60);
  if (Math.abs(minutes) < 60) return `${integer(minutes, locale)} min ${integer(Math.abs(whole % 60), locale)} s`;
  return `${integer(Math.trunc(minutes / 60), locale)} h ${integer(Math.abs(minutes % 60), locale)} min`;
}

/** Time that is left, which nobody knows to a digit after the point: `12 s`, `3 min`. At least a second. */
export function remaining(ms: number, locale: Locale = 'en'): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 100) return `${integer(seconds, locale)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${integer(minutes, locale)} min`;
  return `${integer(Math.round(minutes / 60), locale)} h`;
}

/** How many times smaller or faster: `7.2×`, `1.03×`, `120×`. Two digits after the point below 2, where the second one matters. */
export function ratio(value: number, locale: Locale = 'en'): string {
  const odd = notFinite(value);
  if (odd !== undefined) return `${odd}×`;
  const digits = value < 2 ? 2 : value < 100 ? 1 : 0;
  return `${fixed(value, digits, locale)}×`;
}

/** A shape as people say it: `50×20×5×5`; a scalar is `[]`. Unknown sizes keep their names. */
export function shape(dims: readonly (number | string | bigint)[]): string {
  return dims.length === 0 ? '[]' : dims.map(String).join('×');
}
