import './PickList.css';
import './Field.css';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { FieldHead } from './FieldHead.tsx';
import { findByWords } from './findByWords.ts';
import { integer } from './format.ts';
import { IconButton } from './IconButton.tsx';
import { useUiText } from './strings.tsx';

export interface PickItem {
  label: string;
  /** Beside it, muted. */
  note?: string;
}

export interface PickListProps {
  label: string;
  /** Of the field that is typed into. */
  findLabel: string;
  /** Said while nothing is chosen. */
  none: string;
  /** Undefined while they are fetched. */
  items: readonly PickItem[] | undefined;
  /** The field is about to be used: items are wanted. */
  onOpen?: () => void;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  explain?: ReactNode;
}

/** More than this are not listed: a model has thousands of values, and nobody scrolls through them. */
const LISTED = 50;

/** What opens at the end of a pane would lie behind its edge. */
const intoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' });

/** Some of many names, found by typing. */
export function PickList(props: PickListProps) {
  const { label, items, chosen, onChange } = props;
  const text = useUiText();
  const { locale } = useLocale();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const found =
    open && items
      ? findByWords(
          items.filter((i) => !chosen.includes(i.label)),
          typed,
        )
      : [];
  const listed = found.slice(0, LISTED);
  const active = Math.min(at, listed.length - 1);

  const show = () => {
    props.onOpen?.();
    setOpen(true);
  };
  const pick = (item: PickItem | undefined) => {
    if (!item) return;
    onChange([...chosen, item.label]);
    setTyped('');
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && !open) show();
    else if (step !== undefined && listed.length > 0) setAt((active + step + listed.length) % listed.length);
    else if (event.key === 'Enter') pick(listed[active]);
    else if (event.key === 'Escape' && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="ui-field">
      <FieldHead htmlFor={id} label={label} explain={props.explain} />
      {chosen.length > 0 ? (
        <ul className="ui-pick-chosen" aria-label={label}>
          {chosen.map((name) => (
            <li key={name}>
              <span>{name}</span>
              <IconButton
                icon="close"
                label={text('remove', { name })}
                onPress={() => onChange(chosen.filter((n) => n !== name))}
              />
            </li>
          ))}
        </ul>
      ) : (
        <span className="ui-field-note">{props.none}</span>
      )}
      <div className="ui-pick">
        <div className="ui-input">
          <input
            id={id}
            type="text"
            role="combobox"
            autoComplete="off"
            aria-expanded={open}
            aria-controls={open ? `${id}-list` : undefined}
            aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
            placeholder={props.findLabel}
            value={typed}
            onFocus={show}
            onClick={show}
            onBlur={() => setOpen(false)}
            onChange={(event) => {
              setTyped(event.target.value);
              setAt(0);
              show();
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {open && items && (
          // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the focus in the field, which a press here would take away
          <div className="ui-pick-list" ref={intoSight} onMouseDown={(event) => event.preventDefault()}>
            <div id={`${id}-list`} role="listbox" aria-label={label}>
              {listed.map((item, index) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the text field above holds the focus and takes the keys
                // biome-ignore lint/a11y/useFocusableInteractive: the text field above holds the focus
                <div
                  key={item.label}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={false}
                  data-active={index === active || undefined}
                  className="ui-pick-item"
                  ref={index === active ? intoSight : undefined}
                  onPointerMove={() => setAt(index)}
                  onClick={() => pick(item)}
                >
                  <span>{item.label}</span>
                  {item.note && <span className="ui-muted">{item.note}</span>}
                </div>
              ))}
            </div>
            {found.length !== listed.length && (
              <p className="ui-pick-rest">
                {text('moreFound', { count: integer(found.length - listed.length, locale) })}
              </p>
            )}
            {found.length === 0 && <p className="ui-pick-rest">{text('noneFound')}</p>}
          </div>
        )}
      </div>
    </div>
  );
}
