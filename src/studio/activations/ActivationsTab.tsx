import './Activations.css';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuantizeStaticOptions } from '../../methods/quantize-static/options.ts';
import type { ActivationFacts } from '../../methods/types.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { actions } from '../actions/list.ts';
import { openAsData } from '../actions/open.ts';
import { useAction } from '../actions/useActions.ts';
import { resultIsCurrent } from '../current.ts';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import { ActivationPicture } from './ActivationPicture.tsx';
import { ActivationTable } from './ActivationTable.tsx';
import { type ClipRow, rowOf } from './clips.ts';

/** Activations of the step that calibrates: how their values lie, and where they are clipped. The worst comes first. */
export default function ActivationsTab() {
  const steps = useStudio((s) => s.recipe.steps);
  const found = useStudio((s) => s.activations);
  const index = steps.findIndex((step, i) => step.method === 'quantize-static' && found.has(i));
  const activations = found.get(index);
  if (!activations) return <Nothing />;
  return <Found activations={activations} index={index} step={steps[index] as unknown as QuantizeStaticOptions} />;
}

/** Nothing has been calibrated yet: what it waits for. */
function Nothing() {
  const { t } = useTranslation();
  const hasData = useStudio((s) => s.data !== undefined);
  const compressing = useStudio((s) => s.compressing);
  const cancel = useStudio((s) => s.cancelCompress);
  const compress = useAction(actions.compress);
  if (compressing) {
    return (
      <div className="activations">
        <RunningBar phase={t('verdicts.compressing')} running={compressing} onCancel={cancel} />
      </div>
    );
  }
  return (
    <EmptyState
      icon="chart"
      title={t(hasData ? 'activations.empty' : 'activations.noData')}
      actions={
        hasData ? (
          <Button isDisabled={compress.isDisabled} onPress={compress.onPress}>
            {t('activations.calibrate')}
          </Button>
        ) : (
          <FilePicker icon="upload" onFiles={openAsData}>
            {t('data.open')}
          </FilePicker>
        )
      }
    >
      {t(hasData ? 'activations.emptyHint' : 'activations.noDataHint')}
    </EmptyState>
  );
}

interface FoundProps {
  activations: readonly ActivationFacts[];
  /** Of the step in the recipe. */
  index: number;
  step: QuantizeStaticOptions;
}

function Found({ activations, index, step }: FoundProps) {
  const { t } = useTranslation();
  const [picked, setPicked] = useState<string>();
  const current = useStudio(resultIsCurrent);
  const rows = useMemo(() => activations.map((facts) => rowOf(facts, step)), [activations, step]);
  // Until one is picked, the one that calibration served worst: it stays while its clip is dragged.
  const first = useMemo(() => worstOf(activations.map((facts) => rowOf(facts, UNTOUCHED))), [activations]);
  const row = rows.find((r) => r.facts.name === picked) ?? rows.find((r) => r.facts.name === first);
  return (
    <div className="activations">
      {row ? (
        <ActivationPicture row={row} index={index} step={step} />
      ) : (
        <p className="ui-muted">{t('activations.none')}</p>
      )}
      {!current && <p className="ui-muted">{t('activations.stale')}</p>}
      <ActivationTable rows={rows} selected={row?.facts.name} onSelect={setPicked} />
    </div>
  );
}

const UNTOUCHED = { tensorQuantOverrides: {} } as QuantizeStaticOptions;

function worstOf(rows: readonly ClipRow[]): string | undefined {
  let worst: ClipRow | undefined;
  for (const r of rows) if (!worst || r.sqnr < worst.sqnr) worst = r;
  return worst?.facts.name;
}
