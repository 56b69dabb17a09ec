import './MiddlePane.css';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Tabs } from '../../ui/Tabs.tsx';
import { useStudio } from '../state/store.ts';
import { type MiddleTab, useView, view } from '../view.ts';

const WeightsPicture = lazy(() => import('../picture/WeightsPicture.tsx').then((m) => ({ default: m.WeightsPicture })));
const ActivationsTab = lazy(() => import('../activations/ActivationsTab.tsx'));
const AccuracyTab = lazy(() => import('../accuracy/AccuracyTab.tsx'));
const PerLayerTab = lazy(() => import('../perLayer/PerLayerTab.tsx'));
const ChannelsTab = lazy(() => import('../channels/ChannelsTab.tsx'));
const LearningTab = lazy(() => import('../learning/LearningTab.tsx'));

/** The views of the model, one at a time. Each is fetched when it is first shown. */
export function MiddlePane() {
  const { t } = useTranslation();
  const wanted = useView((v) => v.tab);
  const learns = useStudio((s) => s.curves.length > 0 || s.recipe.steps.some((step) => step.method === 'distill'));
  const calibrates = useStudio((s) => s.recipe.steps.some((step) => step.method === 'quantize-static'));
  const cuts = useStudio((s) => s.recipe.steps.some((step) => step.method === 'prune-channels'));
  const away =
    (wanted === 'channels' && !cuts) || (wanted === 'learning' && !learns) || (wanted === 'activations' && !calibrates);
  const tab = away ? 'weights' : wanted;
  const views: Partial<Record<MiddleTab, ReactNode>> = {
    weights: <WeightsPicture />,
    ...(cuts && { channels: <ChannelsTab /> }),
    ...(calibrates && { activations: <ActivationsTab /> }),
    accuracy: <AccuracyTab />,
    layers: <PerLayerTab />,
    ...(learns && { learning: <LearningTab /> }),
  };
  return (
    <div className="middle">
      <Tabs
        label={t('common.tabs.label')}
        value={tab}
        onChange={(next) => view.setState({ tab: next })}
        tabs={(Object.keys(views) as MiddleTab[]).map((value) => ({
          value,
          label: t(`common.tabs.${value}`),
          content: <Suspense>{views[value]}</Suspense>,
        }))}
      />
    </div>
  );
}
