import './VisuallyHidden.css';
import type { ReactNode } from 'react';

/** Words for a screen reader only. */
export function VisuallyHidden({ children, as: Tag = 'span' }: { children: ReactNode; as?: 'span' | 'div' }) {
  return <Tag className="ui-hidden">{children}</Tag>;
}
