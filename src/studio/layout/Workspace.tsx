import './Workspace.css';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMedia } from '../../ui/hooks.ts';
import { Panes } from '../../ui/Panes.tsx';
import { FaultNotes } from '../faults/FaultNotes.tsx';
import { LayersPane } from '../layers/LayersPane.tsx';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import { Verdicts } from '../verdicts/Verdicts.tsx';
import { type PaneId, useView, view } from '../view.ts';
import { Boundary } from './Boundary.tsx';
import { MiddlePane } from './MiddlePane.tsx';

const RecipePane = lazy(() => import('../recipe/RecipePane.tsx').then((m) => ({ default: m.RecipePane })));

/** The page with a model open: three panes, the verdicts always in sight. */
export default function Workspace() {
  const { t } = useTranslation();
  const narrow = useMedia('(max-width: 899px)');
  const pane = useView((v) => v.pane);
  return (
    <>
      <Notices />
      <div className="workspace">
        <Panes
          label={t('common.panes.label')}
          storageKey="pare.panes"
          active={pane}
          onActive={(id) => view.setState({ pane: id as PaneId })}
          pinned={<Verdicts compact />}
          panes={[
            {
              id: 'layers',
              label: t('common.panes.layers'),
              content: (
                <Boundary>
                  <LayersPane />
                </Boundary>
              ),
            },
            {
              id: 'picture',
              label: t('common.panes.picture'),
              content: (
                <Boundary>
                  <MiddlePane />
                </Boundary>
              ),
            },
            {
              id: 'recipe',
              label: t(narrow ? 'common.panes.recipe' : 'common.panes.recipeAndVerdicts'),
              content: (
                <Boundary>
                  <div className="workspace-recipe">
                    <Suspense>
                      <RecipePane />
                    </Suspense>
                  </div>
                  {!narrow && (
                    <div className="workspace-verdicts">
                      <Verdicts />
                    </div>
                  )}
                </Boundary>
              ),
            },
          ]}
        />
      </div>
    </>
  );
}

/** What is about the whole page: another model being opened, a model that would not open, a copy that could not be kept. */
function Notices() {
  const { t } = useTranslation();
  const opening = useStudio((s) => s.opening);
  const unkept = useStudio((s) => s.kept === false);
  const faulty = useStudio((s) => s.faults.some((f) => f.about === 'open' || f.about === 'storage'));
  if (!opening && !unkept && !faulty) return null;
  return (
    <div className="workspace-notices">
      {opening && <RunningBar phase={t('start.opening', { name: opening.name })} running={opening} />}
      <FaultNotes about={['open', 'storage']} />
      {unkept && <p className="ui-muted">{t('common.notKept')}</p>}
    </div>
  );
}
