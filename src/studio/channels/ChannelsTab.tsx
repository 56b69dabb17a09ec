import './Channels.css';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keptCounts } from '../../methods/prune-channels/choose.ts';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import { forecastChannels } from '../../methods/prune-channels/plan.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useStudio } from '../state/store.ts';
import { GroupPanel } from './GroupPanel.tsx';
import { GroupTable } from './GroupTable.tsx';
import { LeftWhole } from './LeftWhole.tsx';
import { Totals } from './Totals.tsx';
import { useChannels } from './useChannels.ts';

/** The channels that go together, how many of each the recipe keeps, and what that does to the model. */
export default function ChannelsTab() {
  const steps = useStudio((s) => s.recipe.steps);
  const index = steps.findIndex((step) => step.method === 'prune-channels');
  if (index < 0) return null;
  return <Step index={index} step={steps[index] as unknown as PruneChannelsOptions} />;
}

function Step({ index, step }: { index: number; step: PruneChannelsOptions }) {
  const { t } = useTranslation();
  const channels = useChannels(index, step);
  const [picked, setPicked] = useState<string>();
  const errorText = useErrorText();
  const { ranked, fault } = channels;
  const kept = useMemo(() => ranked && keptCounts(ranked.plan, ranked.order, step), [ranked, step]);
  if (!ranked || !kept) {
    return (
      <div className="channels">
        {fault ? <ErrorNote {...errorText(fault)} /> : <p className="ui-muted">{t('channels.ranking')}</p>}
      </div>
    );
  }
  const { plan } = ranked;
  if (plan.groups.length === 0) {
    return (
      <div className="channels">
        <EmptyState icon="layers" title={t('channels.none')}>
          {t('channels.noneHint')}
        </EmptyState>
        <LeftWhole left={plan.left} />
      </div>
    );
  }
  const at = Math.max(
    0,
    plan.groups.findIndex((g) => g.id === picked),
  );
  return (
    <div className="channels">
      {fault && <ErrorNote {...errorText(fault)} />}
      <Totals before={plan.total} after={forecastChannels(plan, kept)} channels={channels} />
      <GroupPanel index={index} step={step} group={plan.groups[at]} kept={kept[at]} />
      <GroupTable
        groups={plan.groups}
        kept={kept}
        step={step}
        selected={plan.groups[at].id}
        onSelect={(id) => setPicked(id)}
      />
      <LeftWhole left={plan.left} />
    </div>
  );
}
