import './explain.css';
import { use } from 'react';
import { useTranslation } from 'react-i18next';
import { formulas } from './formulas.ts';
import { Formula } from './math.tsx';
import { NumberLine } from './NumberLine.tsx';
import { sources } from './sources.ts';
import type { ExplainText, Topic } from './topics.ts';

const loading = new Map<string, Promise<Record<Topic, ExplainText>>>();

/** The texts of a language, fetched once. */
function textsOf(language: string): Promise<Record<Topic, ExplainText>> {
  let texts = loading.get(language);
  if (!texts) {
    const load = language === 'zh' ? import('./texts/zh.ts') : import('./texts/en.ts');
    texts = load.then((m) => m.texts);
    // A failed fetch is tried again the next time.
    texts.catch(() => loading.delete(language));
    loading.set(language, texts);
  }
  return texts;
}

/** Topics that are easier to see than to read. */
const drawn: ReadonlySet<Topic> = new Set([
  'quantizeWeights',
  'bits',
  'scheme',
  'symmetric',
  'asymmetric',
  'codebook',
  'article',
  'scale',
  'zeroPoint',
  'range',
]);

const paragraphs = (text: string) => text.split('\n\n').map((p) => <p key={p.slice(0, 24)}>{p}</p>);

/** What one explanation says: what it is, its formula, what it costs, when it hurts, where it comes from. */
export default function ExplainBody({ topic }: { topic: Topic }) {
  const { t, i18n } = useTranslation();
  const { what, cost, hurts } = use(textsOf(i18n.language))[topic];
  const formula = formulas[topic];
  const source = sources[topic];
  return (
    <div className="explain">
      <div>{paragraphs(what)}</div>
      {formula && (
        <section aria-label={t('explain.parts.formula')}>
          {formula.map((pieces, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a formula never change
            <Formula key={i} pieces={pieces} />
          ))}
        </section>
      )}
      {drawn.has(topic) && <NumberLine />}
      {cost && (
        <section>
          <h4 className="ui-label">{t('explain.parts.cost')}</h4>
          {paragraphs(cost)}
        </section>
      )}
      {hurts && (
        <section>
          <h4 className="ui-label">{t('explain.parts.hurts')}</h4>
          {paragraphs(hurts)}
        </section>
      )}
      {source && (
        <section>
          <h4 className="ui-label">{t('explain.parts.source')}</h4>
          <ul className="explain-sources">
            {source.map((s) => (
              <li key={s}>{s}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
