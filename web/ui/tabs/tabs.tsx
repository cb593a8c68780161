import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import './tabs.css';

export type TabEntry = Readonly<{ id: string; label: React.ReactNode; content: React.ReactNode }>;

/** Several views in the place of one. */
export function Tabs({ label, tabs, selected, onChange }: { label: string; tabs: readonly TabEntry[]; selected?: string; onChange?(id: string): void }) {
  return (
    <AriaTabs
      className="tabs"
      {...(selected === undefined ? {} : { selectedKey: selected })}
      {...(onChange === undefined ? {} : { onSelectionChange: (key) => onChange(String(key)) })}
    >
      <TabList aria-label={label} className="tab-list">
        {tabs.map((t) => (
          <Tab key={t.id} id={t.id} className="tab">
            {t.label}
          </Tab>
        ))}
      </TabList>
      {tabs.map((t) => (
        <TabPanel key={t.id} id={t.id} className="tab-panel">
          {t.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
