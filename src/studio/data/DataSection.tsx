import './Data.css';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../ui/Badge.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { openAsData } from '../actions/open.ts';
import { FaultNotes, useErrorText } from '../faults/FaultNotes.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import type { StudioState } from '../state/types.ts';
import { ClassCounts } from './ClassCounts.tsx';
import { PreprocessForm } from './PreprocessForm.tsx';
import { SampleGrid } from './SampleGrid.tsx';

type Data = NonNullable<StudioState['data']>;

/** The data that both models are judged on: what it is, what the model will see of it, how it becomes input. */
export function DataSection() {
  const { t } = useTranslation();
  const data = useStudio((s) => s.data);
  const opening = useStudio((s) => s.openingData);
  return (
    <section className="data" aria-labelledby="data-title">
      <h2 id="data-title" className="ui-label">
        {t('data.title')}
      </h2>
      {opening && <RunningBar phase={t('data.opening')} running={opening} />}
      <FaultNotes about={['data']} />
      {data ? <Opened data={data} /> : !opening && <NoData />}
    </section>
  );
}

function NoData() {
  const { t } = useTranslation();
  return (
    <>
      <p>{t('data.drop')}</p>
      <p className="data-note">{t('data.kinds')}</p>
      <div className="data-actions">
        <FilePicker icon="upload" onFiles={openAsData} accept=".npz,.npy,.csv,.zip,.gz,.png,.jpg,.jpeg,.idx">
          {t('data.open')}
        </FilePicker>
        <FilePicker kind="quiet" folder onFiles={openAsData}>
          {t('data.openFolder')}
        </FilePicker>
      </div>
      <p className="data-note">{t('data.without')}</p>
    </>
  );
}

function Opened({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const close = useStudio((s) => s.closeData);
  const words = useErrorText();
  const labels =
    data.labelled === 'labels'
      ? t('data.labelled', { n: data.classes?.length ?? data.classCounts?.length ?? '?' })
      : t(data.labelled === 'targets' ? 'data.targets' : 'data.unlabelled');
  return (
    <>
      <div className="data-head">
        <div className="data-what">
          <span className="ui-mono data-name" title={data.name}>
            {data.name}
          </span>
          <span className="data-note">
            {t('data.samples', { count: data.count, n: format.integer(data.count) })} · {labels}
          </span>
        </div>
        <Badge>{data.kind}</Badge>
        <IconButton icon="close" label={t('data.close')} onPress={close} />
      </div>
      {data.problem && <ErrorNote {...words(data.problem)} />}
      <SampleGrid data={data} />
      <PreprocessForm data={data} />
      {data.classCounts && (
        <Disclosure title={t('data.counts')}>
          <ClassCounts counts={data.classCounts} classes={data.classes} />
        </Disclosure>
      )}
    </>
  );
}
