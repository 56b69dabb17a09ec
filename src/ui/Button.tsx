import './Button.css';
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { Icon, type IconName } from './icons.tsx';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  /** `primary` is the one thing to do next, at most one in sight; `danger` destroys; `quiet` has no frame. */
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  icon?: IconName;
  /** Fills the width it is given. */
  wide?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ kind = 'plain', icon, wide, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className="ui-button" data-kind={kind} data-wide={wide || undefined}>
      {icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}
