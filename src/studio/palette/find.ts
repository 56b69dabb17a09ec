import type { IconName } from '../../ui/icons.tsx';

/** A line of the palette. */
export interface Command {
  id: string;
  label: string;
  icon: IconName;
  shortcut?: string;
  run: () => void;
}

/** Commands whose label holds every typed word, in whatever order; those that begin with the text come first. */
export function findCommands(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter((c) => words.every((w) => c.label.toLowerCase().includes(w)));
  const begins = (c: Command) => Number(!words[0] || !c.label.toLowerCase().startsWith(words[0]));
  return found.sort((a, b) => begins(a) - begins(b));
}
