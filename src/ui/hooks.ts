import { type RefObject, useLayoutEffect, useState, useSyncExternalStore } from 'react';

/** The size of an element in CSS pixels, followed as it changes; zero before the first layout. */
export function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const read = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const media = matchMedia(query);
      media.addEventListener('change', notify);
      return () => media.removeEventListener('change', notify);
    },
    () => matchMedia(query).matches,
  );
}

/** Calls `listener` for a window event for as long as the component lives. */
export function useWindowEvent<K extends keyof WindowEventMap>(
  type: K,
  listener: (event: WindowEventMap[K]) => void,
  enabled = true,
): void {
  // Before the paint, so that a key works as soon as there is something to see.
  useLayoutEffect(() => {
    if (!enabled) return;
    window.addEventListener(type, listener);
    return () => window.removeEventListener(type, listener);
  }, [type, listener, enabled]);
}
