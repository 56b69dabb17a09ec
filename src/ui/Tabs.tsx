import './Tabs.css';
import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel, TabPanels } from 'react-aria-components/Tabs';

export interface TabsProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: ReactNode; content: ReactNode; disabled?: boolean }[];
}

/** Views of one thing. Only the chosen one is mounted. */
export function Tabs<T extends string>({ label, value, onChange, tabs }: TabsProps<T>) {
  return (
    <AriaTabs className="ui-tabs" selectedKey={value} onSelectionChange={(key) => onChange(key as T)}>
      <TabList className="ui-tablist" aria-label={label}>
        {tabs.map((tab) => (
          <Tab key={tab.value} id={tab.value} className="ui-tab" isDisabled={tab.disabled}>
            {tab.label}
          </Tab>
        ))}
      </TabList>
      <TabPanels style={{ display: 'contents' }}>
        {tabs.map((tab) => (
          <TabPanel key={tab.value} id={tab.value} className="ui-tabpanel">
            {tab.content}
          </TabPanel>
        ))}
      </TabPanels>
    </AriaTabs>
  );
}
