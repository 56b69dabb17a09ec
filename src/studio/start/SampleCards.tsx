import { useTranslation } from 'react-i18next';
import { openSample } from '../actions/open.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import type { SampleCard } from '../state/types.ts';

/** The places that the cards will take, so that nothing moves when they come. */
const EXPECTED = ['a', 'b', 'c', 'd'];

/** Models that come with the page, each opened with its labelled data by one click. */
export function SampleCards() {
  const { t } = useTranslation();
  const samples = useStudio((s) => s.samples);
  const failed = useStudio((s) => s.samples === undefined && s.faults.some((f) => f.about === 'open'));
  if (failed) return <p className="ui-muted">{t('start.samplesFailed')}</p>;
  return (
    <section aria-labelledby="samples-title">
      <h2 id="samples-title" className="ui-label start-samples-title">
        {t('start.samples')}
      </h2>
      <ul className="start-samples" aria-busy={samples === undefined}>
        {samples?.map((sample) => <Sample key={sample.id} sample={sample} />) ??
          EXPECTED.map((place) => <li key={place} className="start-sample" aria-hidden="true" />)}
      </ul>
    </section>
  );
}

function Sample({ sample }: { sample: SampleCard }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const opening = useStudio((s) => s.opening !== undefined);
  const accuracy = format.percent(sample.accuracy, 2);
  return (
    <li className="start-sample">
      <button type="button" disabled={opening} onClick={() => openSample(sample.id)}>
        <span className="start-sample-title">{sample.title[language]}</span>
        <span>{sample.recognises[language]}</span>
        <span className="start-sample-numbers">
          {format.bytes(sample.bytes)} · {t('common.weights', { n: format.count(sample.weights) })}
        </span>
        <span className="start-sample-numbers">
          {t(sample.heldOut ? 'start.accuracy' : 'start.accuracySeen', { value: accuracy })}
        </span>
      </button>
    </li>
  );
}
