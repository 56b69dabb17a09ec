import { canvasPainter, type Painter, svgPainter, toHex } from './painter.ts';
import type { ChartColours } from './theme.ts';

/** The numbers of a chart: what its table shows and its CSV holds. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

/** One way to draw a chart of ours, whatever it is drawn on. */
export interface Drawing {
  width: number;
  height: number;
  paint: (painter: Painter) => void;
}

/**
 * RFC 4180 with a header row and CRLF. Words that a spreadsheet would run as a formula get a leading apostrophe: tensor names come
 * from files of strangers. Numbers are written in full.
 */
export function toCsv({ columns, rows }: ChartTable): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A drawing as a standalone SVG file. */
export function drawingToSvg({ width, height, paint }: Drawing, colours: ChartColours): string {
  const painter = svgPainter(width, height, colours['surface-raised']);
  paint(painter);
  return painter.finish();
}

const scaleOfPng = 2;

/** A drawing as PNG at two pixels per CSS pixel. Throws when the browser gives no canvas. */
export function drawingToPng({ width, height, paint }: Drawing, colours: ChartColours): Promise<Blob> {
  const [canvas, context] = newCanvas(width, height);
  context.fillStyle = colours['surface-raised'];
  context.fillRect(0, 0, width, height);
  paint(canvasPainter(context, colours));
  return toBlob(canvas);
}

/** An SVG element of the page as a standalone file, its styles and fonts written out, its colours in sRGB. */
export function elementToSvg(element: SVGSVGElement, colours: ChartColours): string {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const { width, height } = element.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  copy.setAttribute('style', `font: 12px system-ui, sans-serif; background: ${colours['surface-raised']}`);
  return `${new XMLSerializer().serializeToString(copy).replace(/oklch\([^)]*\)/g, toHex)}\n`;
}

/** SVG text as PNG. Needs `img-src blob:` of the page's policy. */
export async function svgToPng(svg: string, width: number, height: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image(width, height);
    image.src = url;
    await image.decode();
    const [canvas, context] = newCanvas(width, height);
    context.drawImage(image, 0, 0, width, height);
    return await toBlob(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Hands a file to the reader. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click starts the download in a later task; an address revoked at once downloads nothing.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function newCanvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scaleOfPng);
  canvas.height = Math.round(height * scaleOfPng);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  context.scale(scaleOfPng, scaleOfPng);
  return [canvas, context];
}

function toBlob(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The canvas could not be written as PNG.'))));
  });
}
