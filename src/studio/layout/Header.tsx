import './Header.css';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { useMedia } from '../../ui/hooks.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { chordText, isApple } from '../actions/keys.ts';
import { type Action, actions } from '../actions/list.ts';
import { useAction } from '../actions/useActions.ts';
import { modelFileName } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { themeIcons } from './themeIcons.ts';

// Menus come with the first model: before it there is nothing that a button does not do.
const More = lazy(() => import('./More.tsx'));

/** The bar on top: what is open, and what is always at hand. */
export function Header() {
  const { t } = useTranslation();
  const narrow = useMedia('(max-width: 899px)');
  const open = useStudio((s) => s.phase === 'open');
  return (
    <header className="header">
      <h1 className="header-name">
        <Mark />
        {t('common.name')}
      </h1>
      {open && <Facts />}
      <div className="header-tools">
        {!narrow && <PaletteButton />}
        {open && (
          <>
            <ActionButton action={actions.undo} />
            <ActionButton action={actions.redo} />
          </>
        )}
        {!(narrow && open) && (
          <>
            <LanguageButton />
            <ThemeButton />
          </>
        )}
        {open && (
          <Suspense fallback={<span className="header-more" />}>
            <More narrow={narrow} />
          </Suspense>
        )}
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M2.5 15v-4M6.5 15V8.5M10.5 15V3M14.5 15v-3.5" stroke="var(--before)" strokeWidth="2.6" fill="none" />
      <path d="M1 12.5 17 7" stroke="var(--surface-raised)" strokeWidth="3.4" />
      <path d="M1 12.5 17 7" stroke="var(--after-strong)" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}

function Facts() {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = useStudio(
    useShallow((s) => ({
      name: modelFileName(s),
      weights: s.model?.info.parameters ?? 0,
      opset: s.model?.info.opsets[''] ?? s.model?.info.opsets['ai.onnx'],
    })),
  );
  return (
    <p className="header-facts">
      <span className="ui-mono header-file" title={facts.name}>
        {facts.name}
      </span>
      <span className="header-detail">
        {' · '}
        {t('common.weights', { n: format.integer(facts.weights) })}
        {facts.opset !== undefined && ` · ${t('common.opset', { n: facts.opset })}`}
      </span>
    </p>
  );
}

function ActionButton({ action }: { action: Action }) {
  const { label, shortcut, isDisabled, onPress } = useAction(action);
  return <IconButton icon={action.icon} label={label} shortcut={shortcut} isDisabled={isDisabled} onPress={onPress} />;
}

function PaletteButton() {
  const { t } = useTranslation();
  return (
    <button type="button" className="header-palette" onClick={actions.palette.run}>
      <VisuallyHidden>{t('common.palette')} </VisuallyHidden>
      <Kbd>{chordText(actions.palette.keys[0], isApple())}</Kbd>
    </button>
  );
}

function LanguageButton() {
  const { t, i18n } = useTranslation();
  return (
    <button
      type="button"
      className="header-language"
      aria-label={`${t('common.language')}: ${t(`common.languages.${i18n.language === 'zh' ? 'zh' : 'en'}`)}`}
      onClick={actions.language.run}
    >
      <span data-on={i18n.language === 'zh' || undefined}>中</span>/
      <span data-on={i18n.language !== 'zh' || undefined}>EN</span>
    </button>
  );
}

function ThemeButton() {
  const { t } = useTranslation();
  const theme = useStudio((s) => s.settings.theme);
  return (
    <IconButton
      icon={themeIcons[theme]}
      label={t('common.themeNow', { theme: t(`common.themes.${theme}`) })}
      onPress={actions.theme.run}
    />
  );
}
