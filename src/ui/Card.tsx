import './Card.css';
import { type ReactNode, useId } from 'react';
import { Icon } from './icons.tsx';

export interface CardProps {
  title: string;
  open: boolean;
  onToggle: (open: boolean) => void;
  /** What it says when folded: "60 % · global". */
  summary?: string;
  /** Left of the title: a drag handle from ReorderList. */
  handle?: ReactNode;
  /** Right of the title: an Explain, a menu. */
  actions?: ReactNode;
  /** It is kept but does nothing now. */
  off?: boolean;
  children: ReactNode;
}

/** A foldable card. Folded, it reads as one line. */
export function Card({ title, open, onToggle, summary, handle, actions, off, children }: CardProps) {
  const id = useId();
  return (
    <section className="ui-card" data-off={off || undefined} aria-labelledby={`${id}-title`}>
      <div className="ui-card-head">
        {handle}
        <h3>
          <button
            type="button"
            className="ui-card-toggle"
            aria-expanded={open}
            aria-controls={open ? `${id}-body` : undefined}
            onClick={() => onToggle(!open)}
          >
            <Icon name="chevronRight" size={14} />
            <span className="ui-card-title" id={`${id}-title`}>
              {title}
            </span>
            {!open && summary && <span className="ui-card-summary">{summary}</span>}
          </button>
        </h3>
        {actions}
      </div>
      {open && (
        <div className="ui-card-body" id={`${id}-body`}>
          {children}
        </div>
      )}
    </section>
  );
}
