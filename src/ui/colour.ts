/** A colour in OKLCH: lightness 0…1, chroma, hue in degrees, alpha 0…1. */
export interface Oklch {
  l: number;
  c: number;
  h: number;
  alpha: number;
}

/** Reads `oklch(L C H)` or `oklch(L C H / A)` with plain numbers, as tokens.css writes them. Undefined for anything else. */
export function parseOklch(text: string): Oklch | undefined {
  const match = /^oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*(?:\/\s*([\d.]+)\s*)?\)$/.exec(text.trim());
  if (!match) return undefined;
  return { l: Number(match[1]), c: Number(match[2]), h: Number(match[3]), alpha: Number(match[4] ?? 1) };
}

/** CSS text of a colour. */
export function formatOklch(colour: Oklch): string {
  const alpha = colour.alpha < 1 ? ` / ${colour.alpha}` : '';
  return `oklch(${colour.l.toFixed(4)} ${colour.c.toFixed(4)} ${colour.h.toFixed(2)}${alpha})`;
}

/** Linear-light sRGB of a colour, clipped to the gamut. Matrices of Ottosson, "A perceptual color space for image processing" (2020). */
export function oklchToLinearRgb({ l, c, h }: Oklch): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    clip(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

/** Relative luminance, 0…1 (WCAG 2.2). */
export function luminance(colour: Oklch): number {
  const [r, g, b] = oklchToLinearRgb(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast ratio of two opaque colours, 1…21. */
export function contrast(a: Oklch, b: Oklch): number {
  const la = luminance(a);
  const lb = luminance(b);
  return (Math.max(la, lb) + 0.05) / (Math.min(la, lb) + 0.05);
}

/** The colour at `t` (0…1) of a scale between two colours of one hue. */
export function mix(low: Oklch, high: Oklch, t: number): Oklch {
  const at = Number.isFinite(t) ? Math.min(1, Math.max(0, t)) : 0;
  return {
    l: low.l + (high.l - low.l) * at,
    c: low.c + (high.c - low.c) * at,
    h: low.h + (high.h - low.h) * at,
    alpha: 1,
  };
}

const white: Oklch = { l: 1, c: 0, h: 0, alpha: 1 };
const black: Oklch = { l: 0.12, c: 0, h: 0, alpha: 1 };

/** Black or white, whichever reads better on `fill`. */
export function labelOn(fill: Oklch): Oklch {
  return contrast(fill, white) >= contrast(fill, black) ? white : black;
}
