import './Kbd.css';

/** A key or a chord, as the keyboard prints it: `⌘K`. */
export function Kbd({ children }: { children: string }) {
  return <kbd className="ui-kbd">{children}</kbd>;
}
