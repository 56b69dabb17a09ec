/** Items whose label holds every typed word, in whatever order; those that begin with the text come first. */
export function findByWords<T extends { label: string }>(items: readonly T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((item) => words.every((w) => item.label.toLowerCase().includes(w)));
  const begins = (item: T) => Number(!words[0] || !item.label.toLowerCase().startsWith(words[0]));
  return found.sort((a, b) => begins(a) - begins(b));
}
