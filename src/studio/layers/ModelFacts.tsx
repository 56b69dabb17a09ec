import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelInfo, ValueSummary } from '../../onnx/info.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { shape } from '../../ui/format.ts';
import { resultIsCurrent } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';

/** Operators shown by name; a model with more kinds says how many are left. */
const MAX_OPERATORS = 40;

/** What the file says of itself. */
export function ModelFacts() {
  const { t } = useTranslation();
  const info = useStudio((s) => s.model?.info);
  if (!info) return null;
  return (
    <Disclosure title={t('layers.facts.title')}>
      <Facts info={info} />
    </Disclosure>
  );
}

function Facts({ info }: { info: ModelInfo }) {
  const { t } = useTranslation();
  const format = useFormat();
  const costs = useStudio((s) => s.costs);
  const after = useStudio((s) => (resultIsCurrent(s) ? s.result : undefined));
  const opsets = Object.entries(info.opsets).map(([domain, v]) => `${domain || t('layers.facts.default')} ${v}`);
  const producer = [info.producer.name, info.producer.version].filter(Boolean).join(' ');
  const rest = info.operators.slice(MAX_OPERATORS);
  return (
    <dl className="layers-facts">
      <Fact name={t('layers.facts.inputs')}>
        <Values values={info.inputs} />
      </Fact>
      <Fact name={t('layers.facts.outputs')}>
        <Values values={info.outputs} />
      </Fact>
      <Fact name={t('layers.facts.opset')}>{opsets.join(', ')}</Fact>
      <Fact name={t('layers.facts.ir')}>{info.irVersion}</Fact>
      <Fact name={t('layers.facts.producer')}>{producer || t('layers.facts.unknown')}</Fact>
      <Fact name={t('layers.facts.parameters')}>
        <Change before={info.parameters} after={after?.info.parameters} />
      </Fact>
      {costs && (
        <Fact name={t('layers.facts.macs')}>
          <Change before={costs.macs} after={after?.costs?.macs} />
          <p className="ui-muted">
            {t('layers.facts.macsNote')}
            {costs.unknown > 0 && `; ${t('layers.facts.macsUnknown', { count: costs.unknown, n: costs.unknown })}`}
          </p>
        </Fact>
      )}
      <Fact name={t('layers.facts.tensors')}>
        {format.integer(info.tensors)} · {format.bytes(info.weightBytes)}
      </Fact>
      <Fact name={t('layers.facts.bytes')}>{format.bytes(info.bytes)}</Fact>
      {info.external.length > 0 && <Fact name={t('layers.facts.external')}>{info.external.join(', ')}</Fact>}
      {info.description && <Fact name={t('layers.facts.description')}>{info.description.slice(0, 1000)}</Fact>}
      <Fact name={t('layers.facts.operators')}>
        {info.operators
          .slice(0, MAX_OPERATORS)
          .map((o) => `${o.op} × ${format.integer(o.count)}`)
          .join(', ')}
        {rest.length > 0 && `, … (${format.integer(rest.reduce((n, o) => n + o.count, 0))})`}
        {info.quantized && <p>{t('layers.facts.quantized')}</p>}
      </Fact>
    </dl>
  );
}

/** A number, and what the recipe has made of it where that is another. */
function Change({ before, after }: { before: number; after?: number }) {
  const format = useFormat();
  if (after === undefined || after === before) return format.integer(before);
  return `${format.integer(before)} → ${format.integer(after)}`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Values({ values }: { values: readonly ValueSummary[] }) {
  const { t } = useTranslation();
  return values.map((v) => (
    <div key={v.name} className="ui-mono">
      {v.name} {v.dtype} {v.dims ? shape(v.dims.map((d) => d ?? '?')) : t('layers.facts.anyShape')}
    </div>
  ));
}
