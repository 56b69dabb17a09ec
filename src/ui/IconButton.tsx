import './Button.css';
import type { Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { Icon, type IconName } from './icons.tsx';
import { Tooltip } from './Tooltip.tsx';

export interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'aria-label'> {
  icon: IconName;
  /** What it does: its accessible name and its tooltip. */
  label: string;
  /** The key that does the same, shown in the tooltip. */
  shortcut?: string;
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Makes it a toggle: on or off. */
  pressed?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, shortcut, kind = 'quiet', pressed, ...props }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <AriaButton {...props} aria-label={label} aria-pressed={pressed} className="ui-button" data-kind={kind} data-icon>
        <Icon name={icon} />
      </AriaButton>
    </Tooltip>
  );
}
