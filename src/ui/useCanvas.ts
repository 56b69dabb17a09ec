import { type RefObject, useLayoutEffect } from 'react';
import { canvasPainter, type Painter } from './painter.ts';
import type { ChartColours } from './theme.ts';

/** Repaints a canvas after every render of its component, before the frame is shown, at the pixels of the screen. */
export function useCanvas(
  canvas: RefObject<HTMLCanvasElement | null>,
  size: { width: number; height: number },
  colours: ChartColours,
  paint: (painter: Painter) => void,
): void {
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || size.width === 0 || size.height === 0) return;
    const context = element.getContext('2d');
    if (!context) return;
    const density = window.devicePixelRatio || 1;
    const width = Math.round(size.width * density);
    const height = Math.round(size.height * density);
    // Setting a size clears the canvas and drops its memory, so it is set only when it changed.
    if (element.width !== width || element.height !== height) {
      element.width = width;
      element.height = height;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    paint(canvasPainter(context, colours));
  }, [canvas, size.width, size.height, colours, paint]);
}
