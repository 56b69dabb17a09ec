import { useState } from 'react';

/** State that this device remembers. `check` guards against what an older version or another hand has written. */
export function useStored<T>(key: string, fallback: T, check: (value: unknown) => value is T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
      return check(stored) ? stored : fallback;
    } catch {
      return fallback;
    }
  });
  const store = (next: T) => {
    setValue(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Storage may be full or forbidden; the choice then lasts as long as the page.
    }
  };
  return [value, store];
}
