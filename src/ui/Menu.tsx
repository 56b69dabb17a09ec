import './Select.css';
import type { ReactElement } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components/Menu';
import { Icon, type IconName } from './icons.tsx';
import { Kbd } from './Kbd.tsx';

export type MenuEntry =
  | 'separator'
  | {
      id: string;
      label: string;
      note?: string;
      icon?: IconName;
      shortcut?: string;
      danger?: boolean;
      disabled?: boolean;
      onSelect: () => void;
    };

export interface MenuProps {
  /** The accessible name of the list. */
  label: string;
  /** A Button or IconButton. */
  trigger: ReactElement;
  entries: readonly MenuEntry[];
}

export function Menu({ label, trigger, entries }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="ui-popover" offset={4}>
        <AriaMenu className="ui-list" aria-label={label}>
          {entries.map((entry, index) =>
            entry === 'separator' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a separator has no identity but its place
              <Separator key={`separator-${index}`} className="ui-separator" />
            ) : (
              <MenuItem
                key={entry.id}
                id={entry.id}
                textValue={entry.label}
                className="ui-item"
                data-danger={entry.danger || undefined}
                isDisabled={entry.disabled}
                onAction={entry.onSelect}
              >
                {entry.icon && <Icon name={entry.icon} />}
                <span className="ui-item-text">
                  {entry.label}
                  {entry.note && <span className="ui-item-note">{entry.note}</span>}
                </span>
                {entry.shortcut && <Kbd>{entry.shortcut}</Kbd>}
              </MenuItem>
            ),
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
