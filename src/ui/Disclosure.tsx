import './Card.css';
import { type ReactNode, useId, useState } from 'react';
import { Icon } from './icons.tsx';

export interface DisclosureProps {
  title: string;
  defaultOpen?: boolean;
  children: ReactNode;
}

/** Further settings that most people leave alone: folded, without a frame. */
export function Disclosure({ title, defaultOpen = false, children }: DisclosureProps) {
  const [open, setOpen] = useState(defaultOpen);
  const id = useId();
  return (
    <div>
      <button
        type="button"
        className="ui-card-toggle"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevronRight" size={14} />
        {title}
      </button>
      {open && (
        <div className="ui-card-body" id={id}>
          {children}
        </div>
      )}
    </div>
  );
}
