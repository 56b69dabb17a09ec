import { lazy, Suspense } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { useTranslation } from 'react-i18next';
import { PareError } from '../base/errors.ts';
import { DropZone } from '../ui/DropZone.tsx';
import { type UiStrings, UiStringsProvider } from '../ui/strings.tsx';
import { openDropped } from './actions/open.ts';
import { useHotkeys } from './actions/useActions.ts';
import { engine } from './bridge/workers.ts';
import { Boundary } from './layout/Boundary.tsx';
import { Header } from './layout/Header.tsx';
import { Start } from './start/Start.tsx';
import { studio, useStudio } from './state/store.ts';
import { useView, view } from './view.ts';

const Workspace = lazy(() => import('./layout/Workspace.tsx'));
const Asking = lazy(() => import('./layout/Asking.tsx'));
const Palette = lazy(() => import('./palette/Palette.tsx'));

/** The browser could not read what was dropped: a failure of opening like any other. */
function showUnreadable(error: unknown): void {
  const { message } = PareError.from(error);
  const fault = new PareError('data/unreadable', message, {
    hint: 'Copy the files to this device and drop them again.',
  });
  studio.setState((s) => ({ faults: [...s.faults, { about: 'open', error: fault.toJSON() }] }));
}

export function App() {
  const { t, i18n } = useTranslation();
  const open = useStudio((s) => s.phase === 'open');
  const palette = useView((v) => v.palette);
  const asking = useView((v) => v.asking);
  useHotkeys();
  return (
    <I18nProvider locale={i18n.language === 'zh' ? 'zh-CN' : 'en'}>
      <UiStringsProvider strings={i18n.getResource(i18n.language, 'translation', 'ui') as UiStrings}>
        <div className="app">
          <Header />
          <main className="app-main">
            <Boundary>
              {open ? (
                <Suspense fallback={<p className="app-loading">{t('common.loading')}</p>}>
                  <Workspace />
                </Suspense>
              ) : (
                <Start />
              )}
            </Boundary>
          </main>
        </div>
        <DropZone
          label={t('common.drop')}
          onFiles={openDropped}
          onOver={() => engine.warm()}
          onFailure={showUnreadable}
        />
        {asking && (
          <Suspense>
            <Asking asking={asking} />
          </Suspense>
        )}
        {palette && (
          <Suspense>
            <Palette onClose={() => view.setState({ palette: false })} />
          </Suspense>
        )}
      </UiStringsProvider>
    </I18nProvider>
  );
}
