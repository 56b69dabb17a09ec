import './Explain.css';
import './Select.css';
import type { ReactNode } from 'react';
import { Button, ButtonContext } from 'react-aria-components/Button';
import { Heading } from 'react-aria-components/Dialog';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components/Popover';
import { Icon } from './icons.tsx';
import { useUiText } from './strings.tsx';

export interface ExplainProps {
  /** What is explained: the heading, and part of the button's name. */
  title: string;
  children: ReactNode;
}

/** The "i" beside a control or a measure, and the explanation one click away. */
export function Explain({ title, children }: ExplainProps) {
  const text = useUiText();
  return (
    <DialogTrigger>
      {/* Inside a Select or a NumberField it would be one of their buttons. */}
      <ButtonContext.Provider value={null}>
        <Button className="ui-explain-button" aria-label={text('moreInfo', { name: title })}>
          <Icon name="info" size={14} />
        </Button>
      </ButtonContext.Provider>
      <Popover className="ui-popover" placement="bottom start" offset={4}>
        <Dialog className="ui-explain">
          <Heading slot="title" level={3}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
