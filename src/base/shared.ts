/**
 * One computation with several results that are asked for one after the other (a quantized tensor, its scales, its zero
 * points). The first asker runs it; the value is let go once each of the `readers` has had it, so that it never
 * outlives its use. Asked again after that, it runs again.
 */
export function shared<T>(readers: number, compute: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let left = 0;
  return () => {
    if (!running) {
      running = compute();
      left = readers;
      running.catch(() => {
        running = undefined;
      });
    }
    const value = running;
    if (--left === 0) running = undefined;
    return value;
  };
}
