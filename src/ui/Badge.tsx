import './Badge.css';
import type { ReactNode } from 'react';

export interface BadgeProps {
  /** `before` and `after` only for the two sides of a comparison, `danger` only for faults. */
  tone?: 'neutral' | 'strong' | 'danger' | 'before' | 'after';
  children: ReactNode;
}

/** One or two words about the thing beside it. */
export function Badge({ tone = 'neutral', children }: BadgeProps) {
  return (
    <span className="ui-badge" data-tone={tone}>
      {children}
    </span>
  );
}
