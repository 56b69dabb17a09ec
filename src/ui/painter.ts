import { oklchToLinearRgb, parseOklch } from './colour.ts';

export interface TextStyle {
  fill: string;
  size: number;
  align?: 'start' | 'middle' | 'end';
  /** Vertical anchor of the text at `y`. */
  baseline?: 'top' | 'middle' | 'bottom';
  mono?: boolean;
  bold?: boolean;
  /** Turned a quarter to the left about its anchor, for the title of a vertical axis. */
  vertical?: boolean;
}

/** What our own charts draw with: a canvas on screen and for PNG, or SVG text for a file. All lengths in CSS pixels. */
export interface Painter {
  rect(x: number, y: number, width: number, height: number, fill: string, alpha?: number): void;
  /** A polyline through x0 y0 x1 y1 … */
  line(points: ArrayLike<number>, stroke: string, width: number, dash?: readonly number[]): void;
  text(x: number, y: number, content: string, style: TextStyle): void;
}

/** Draws on a canvas context whose unit is already a CSS pixel. */
export function canvasPainter(context: CanvasRenderingContext2D, fonts: { font: string; mono: string }): Painter {
  return {
    rect(x, y, width, height, fill, alpha = 1) {
      context.globalAlpha = alpha;
      context.fillStyle = fill;
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    },
    line(points, stroke, width, dash = []) {
      context.beginPath();
      for (let i = 0; i + 1 < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.setLineDash(dash as number[]);
      context.stroke();
    },
    text(x, y, content, style) {
      context.font = `${style.bold ? 600 : 400} ${style.size}px ${style.mono ? fonts.mono : fonts.font}`;
      context.fillStyle = style.fill;
      context.textAlign = style.align === 'middle' ? 'center' : (style.align ?? 'start');
      context.textBaseline = style.baseline ?? 'middle';
      if (!style.vertical) {
        context.fillText(content, x, y);
        return;
      }
      context.save();
      context.translate(x, y);
      context.rotate(-Math.PI / 2);
      context.fillText(content, 0, 0);
      context.restore();
    },
  };
}

/** `oklch()` as `#rrggbb`: few programs outside browsers read OKLCH. Other text is returned as it is. */
export function toHex(colour: string): string {
  const parsed = parseOklch(colour);
  if (!parsed) return colour;
  const channel = (linear: number) => {
    const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${oklchToLinearRgb(parsed).map(channel).join('')}`;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Text for XML. Control characters that XML 1.0 forbids are dropped: names come from files. */
const xml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to drop
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"]/g, (c) => escapes[c]);
const short = (value: number): string => String(Math.round(value * 100) / 100);

/** Collects what is drawn as a standalone SVG file. */
export function svgPainter(width: number, height: number, background: string): Painter & { finish(): string } {
  const parts: string[] = [];
  return {
    rect(x, y, w, h, fill, alpha = 1) {
      const opacity = alpha < 1 ? ` fill-opacity="${short(alpha)}"` : '';
      parts.push(
        `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, w))}" height="${short(Math.max(0, h))}" fill="${toHex(fill)}"${opacity}/>`,
      );
    },
    line(points, stroke, w, dash) {
      const pairs = Array.from(
        { length: points.length >> 1 },
        (_, i) => `${short(points[2 * i])},${short(points[2 * i + 1])}`,
      );
      const dashed = dash?.length ? ` stroke-dasharray="${dash.join(' ')}"` : '';
      parts.push(
        `<polyline points="${pairs.join(' ')}" fill="none" stroke="${toHex(stroke)}" stroke-width="${w}"${dashed}/>`,
      );
    },
    text(x, y, content, style) {
      const baseline = { top: 'hanging', middle: 'central', bottom: 'auto' }[style.baseline ?? 'middle'];
      const turn = style.vertical ? ` transform="rotate(-90 ${short(x)} ${short(y)})"` : '';
      parts.push(
        `<text x="${short(x)}" y="${short(y)}" fill="${toHex(style.fill)}" font-size="${style.size}" font-weight="${style.bold ? 600 : 400}" ` +
          `font-family="${style.mono ? 'ui-monospace, monospace' : 'system-ui, sans-serif'}" text-anchor="${style.align ?? 'start'}" ` +
          `dominant-baseline="${baseline}"${turn}>${xml(content)}</text>`,
      );
    },
    finish: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
      `<rect width="${width}" height="${height}" fill="${toHex(background)}"/>${parts.join('')}</svg>\n`,
  };
}
