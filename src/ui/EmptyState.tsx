import './EmptyState.css';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

export interface EmptyStateProps {
  icon?: IconName;
  title: string;
  /** One line on what will be here and how to get it. */
  children?: ReactNode;
  actions?: ReactNode;
  level?: 2 | 3;
}

export function EmptyState({ icon, title, children, actions, level = 3 }: EmptyStateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="ui-empty">
      {icon && <Icon name={icon} size={24} />}
      <Heading>{title}</Heading>
      {children && <p>{children}</p>}
      {actions && <div className="ui-empty-actions">{actions}</div>}
    </div>
  );
}
