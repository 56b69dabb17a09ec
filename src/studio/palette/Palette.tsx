import './Palette.css';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog.tsx';
import { findByWords } from '../../ui/findByWords.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { chordText, isApple } from '../actions/keys.ts';
import { type Action, actions } from '../actions/list.ts';
import { openSample } from '../actions/open.ts';
import { studio } from '../state/store.ts';

/** A line of the palette. */
interface Command {
  id: string;
  label: string;
  icon: IconName;
  shortcut?: string;
  run: () => void;
}

/** Everything the page can do now, by name. Typed, walked by arrow keys, run by Enter. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  // What is possible is fixed while the palette is open: a list that changes under the finger runs the wrong thing.
  const [commands] = useState(() => gather());
  const found = findByWords(commands, text);
  const active = Math.min(at, found.length - 1);

  function gather(): Command[] {
    const state = studio.getState();
    const language = i18n.language === 'zh' ? 'zh' : 'en';
    const own = (Object.values(actions) as Action[])
      .filter((a) => a.id !== 'palette' && (a.enabled?.(state) ?? true))
      .map((a) => ({
        id: a.id,
        label: t(a.label),
        icon: a.icon,
        shortcut: a.keys?.[0] && chordText(a.keys[0], isApple()),
        run: a.run,
      }));
    const samples = (state.samples ?? []).map((s) => ({
      id: `sample-${s.id}`,
      label: t('common.openSample', { name: s.title[language] }),
      icon: 'file' as const,
      run: () => openSample(s.id),
    }));
    return [...own, ...samples];
  }

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) setAt((active + step + found.length) % found.length);
    else if (event.key === 'Enter') run(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open onClose={onClose} title={t('common.palette')} width={480}>
      <div className="palette">
        <input
          className="palette-input"
          type="text"
          role="combobox"
          autoFocus
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={active >= 0 ? `${id}-${found[active].id}` : undefined}
          aria-label={t('common.paletteFind')}
          placeholder={t('common.paletteFind')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div className="palette-list" id={`${id}-list`} role="listbox" aria-label={t('common.palette')}>
          {found.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text field above holds the focus and takes the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the text field above holds the focus
            <div
              key={command.id}
              id={`${id}-${command.id}`}
              role="option"
              aria-selected={index === active}
              className="palette-item"
              ref={(element) => {
                if (index === active) element?.scrollIntoView({ block: 'nearest' });
              }}
              onPointerMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <Icon name={command.icon} />
              <span>{command.label}</span>
              {command.shortcut && <Kbd>{command.shortcut}</Kbd>}
            </div>
          ))}
        </div>
        {found.length === 0 && <p className="ui-muted">{t('common.paletteNone')}</p>}
      </div>
    </Dialog>
  );
}
